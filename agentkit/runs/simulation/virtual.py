"""One search in virtual time, with the waits, widths and barriers of `agentkit.graph.search`.

What a run would write into its journal is kept as the same events and folded by the same RunState, so a
policy sees here what it would see there.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.events import Event
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Metric
from agentkit.journal.fold import RunState, Selected
from agentkit.search.rules import ask_policy, randomness

METRIC = Metric(name="value")
"""Of a simulated task; higher is better."""


class World(Protocol):
    """What comes of an attempt."""

    def carry_out(self, selected: Selected, tree: AttemptTree) -> Attempt:
        """`outcome.seconds` is how long it takes, in virtual seconds."""


@dataclass(frozen=True)
class Question:
    """One time that the policy was asked."""

    events: int
    """How many events were in the journal."""
    room: int
    answer: tuple[Expansion, ...]


@dataclass
class VirtualRun:
    """A search that is driven at once. `attempts` caps it, as a budget does."""

    scaffold: Scaffold
    world: World
    attempts: int
    width: int
    seed: int = 0
    barrier: bool = False
    state: RunState = field(default_factory=RunState)
    events: list[Event] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    clock: float = 0.0
    _under_way: list[tuple[float, int, Attempt]] = field(default_factory=list)
    """A heap: when it ends, its number, what will have come of it."""

    def drive(self) -> None:
        """Until the policy has nothing more to try, or all attempts are made. Raises RuleBroken."""
        self._select()
        while self._under_way:
            self._collect()
            self._select()

    def _select(self) -> None:
        pending = [each.expansion for each in self.state.pending]
        number = len(self.state.selected)
        room = min(self.width - len(pending), self.attempts - number)
        if room <= 0 or (pending and self.barrier) or self._stopped():
            return
        rng = randomness(self.seed, number)
        answer = ask_policy(self.scaffold, self.state.tree, pending, room, rng)
        self.questions.append(Question(len(self.events), room, answer))
        for offset, expansion in enumerate(answer):
            id = f"a{number + offset + 1}"
            self._append("selected", id, expansion.model_dump(mode="json"))
            attempt = self.world.carry_out(self.state.selected[id], self.state.tree)
            heapq.heappush(self._under_way, (self.clock + attempt.outcome.seconds, number + offset, attempt))

    def _stopped(self) -> bool:
        return any(rule(self.state.tree, METRIC) for rule in self.scaffold.stop)

    def _collect(self) -> None:
        """The first that ends; behind a barrier all of them, as they end."""
        while self._under_way:
            self.clock, _, attempt = heapq.heappop(self._under_way)
            self._append("attempt", attempt.id, attempt.model_dump(mode="json"))
            if not self.barrier:
                return

    def _append(self, kind: str, attempt: str, data: Mapping[str, Any]) -> None:
        event = Event(number=len(self.events), time=self.clock, kind=kind, attempt=attempt, data=data)
        self.events.append(event)
        self.state.apply(event)
