"""A policy that decides on one expansion at a time, and so fills any room it is given."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence

from agentkit.contracts.attempt import AttemptTree, Expansion


class OneByOne(ABC):
    """Implements Policy. Asked again until the room is used or it has nothing to add."""

    @abstractmethod
    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion | None:
        """The next one; what it decided on a moment ago is pending by then. A pure function, as `select`."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        chosen: list[Expansion] = []
        while len(chosen) < room:
            expansion = self.choose(tree, [*pending, *chosen], rng)
            if expansion is None:
                break
            chosen.append(expansion)
        return chosen
