"""Search in rounds of siblings: tree, forest and the two AIDEs of the speedrun paper, and retrieval search.

The published search (arXiv 2506.22419) keeps a frontier of the start, the version it opened last and that
one's children. After a failed repair the best version is in none of them and lost. Here the best is the best
of the whole tree, which is what the paper's text says.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable


@dataclass(frozen=True)
class Rounds(OneByOne):
    """`first` drafts; then, round by round, `siblings` improvements of the best, or one repair.

    An expansion's params say its round, how many siblings that has, and which of them it is, from 0.
    """

    first: int
    siblings: int
    debug_probability: float = 0.0
    max_debug_depth: int = 0
    rounds: int | None = None
    """After so many it is finished; None: never."""
    operator: str = "improve"
    draft: str = "draft"
    """What is done from the start files."""
    place: str = "sibling"
    """Name of the param that says which sibling it is."""
    barrier: bool = False
    """A round is selected alone, as published; without, the next one fills what room is left."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        chosen = super().select(tree, pending, room, rng)
        if not self.barrier or not chosen:
            return chosen
        return [each for each in chosen if each.params["round"] == chosen[0].params["round"]]

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion | None:
        begun: list[Attempt | Expansion] = [*tree.attempts.values(), *pending]
        latest = max((number(each, "round") for each in begun), default=0)
        siblings = [each for each in begun if number(each, "round") == latest]
        if latest and len(siblings) < number(siblings[0], "siblings"):
            params = {**siblings[0].params, self.place: len(siblings)}
            return Expansion(operator=siblings[0].operator, parents=siblings[0].parents, params=params)
        if latest == self.rounds:
            return None
        operator, parents, size = self._next(tree, pending, not begun, rng)
        params = {"round": latest + 1, "siblings": size, self.place: 0}
        return Expansion(operator=operator, parents=parents, params=params)

    def _next(
        self, tree: AttemptTree, pending: Sequence[Expansion], at_start: bool, rng: random.Random
    ) -> tuple[str, tuple[str, ...], int]:
        """What the next round does, from which attempt, and how often."""
        broken = debuggable(tree, pending, self.max_debug_depth)
        if broken and rng.random() < self.debug_probability:
            return "debug", (rng.choice(broken).id,), 1
        best = tree.best()
        if best is None:
            return self.draft, (), self.first if at_start else self.siblings
        return self.operator, (best.id,), self.siblings


def number(begun: Attempt | Expansion, name: str) -> int:
    """A whole number among its params; 0 where it is not there."""
    value = begun.params.get(name, 0)
    return value if isinstance(value, int) else 0
