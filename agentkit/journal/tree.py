"""The tree of finished attempts: what policies and memory views read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agentkit.contracts.attempt import Attempt


class Tree:
    """Implements contracts.AttemptTree. Adding an attempt twice changes nothing."""

    def __init__(self, attempts: Iterable[Attempt] = ()) -> None:
        self._attempts: dict[str, Attempt] = {}
        self._children: dict[str | None, list[Attempt]] = {}
        for attempt in attempts:
            self.add(attempt)

    def add(self, attempt: Attempt) -> None:
        if attempt.id in self._attempts:
            return
        self._attempts[attempt.id] = attempt
        for parent in attempt.parents or (None,):
            self._children.setdefault(parent, []).append(attempt)

    @property
    def attempts(self) -> Mapping[str, Attempt]:
        return self._attempts

    def children(self, attempt: str | None) -> Sequence[Attempt]:
        return tuple(self._children.get(attempt, ()))

    def best(self) -> Attempt | None:
        best: Attempt | None = None
        for attempt in self._attempts.values():
            if attempt.fitness is not None and (best is None or attempt.fitness > (best.fitness or 0.0)):
                best = attempt
        return best
