"""Monte Carlo tree search as a fold: visits and values are counted anew from the tree at each selection.

The tree it walks is that of the working attempts: a chain of repairs is one step, from what the chain began
with to what it ended in. So a failure that was mended costs nothing, and one that was given up counts as a
visit without worth, but does not use up its parent's room for children for ever.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.search.queries import scaled, valid_attempts, working_ancestor

Place = str | None
"""An attempt's id; None: the start files."""


@dataclass(frozen=True)
class Visits:
    """What was backed up to the root, attempt by attempt."""

    tree: AttemptTree
    children: dict[Place, list[str]] = field(default_factory=dict)
    """Working attempts only."""
    under_way: Counter[Place] = field(default_factory=Counter)
    visits: Counter[Place] = field(default_factory=Counter)
    worth: dict[Place, float] = field(default_factory=dict)

    def descend(self, exploration: float, breadth: int) -> Place:
        """Down by UCT (Kocsis, Szepesvári 2006) to the first with room for one more of `breadth` children.

        Where children are still under way and none works yet, that place gets one more all the same.
        """
        place: Place = None
        while len(self.children.get(place, ())) + self.under_way[place] >= breadth:
            known = self.children.get(place)
            if not known:
                break
            logarithm = math.log(self.visits[place])
            place = max(known, key=lambda each: self._bound(each, logarithm, exploration))
        return place

    def _bound(self, place: Place, logarithm: float, exploration: float) -> float:
        visits = self.visits[place]
        return self.worth[place] / visits + exploration * math.sqrt(logarithm / visits)

    def said(self, place: str, exploration: float) -> str:
        """Its bound in its parts, for people."""
        above = working_ancestor(self.tree, self.tree.attempts[place].parents)
        visits, mean = self.visits[place], self.worth[place] / self.visits[place]
        bonus = self._bound(place, math.log(self.visits[above]), exploration) - mean
        return f"{place} by UCT: scaled mean {mean:.2f} of {visits}, and {bonus:.2f} for exploring"


def count_visits(tree: AttemptTree, pending: Sequence[Expansion]) -> Visits:
    """Values are scaled over the run; what is under way counts as a visit without worth (a virtual loss)."""
    counted, above = Visits(tree), dict[str, Place]()
    valid = valid_attempts(tree)
    for attempt, value in zip(valid, scaled(valid), strict=True):
        above[attempt.id] = working_ancestor(tree, attempt.parents)
        counted.children.setdefault(above[attempt.id], []).append(attempt.id)
        counted.visits[attempt.id] += 1
        counted.worth[attempt.id] = value
    in_hand = {parent for expansion in pending for parent in expansion.parents}
    for attempt in tree.attempts.values():
        given_up = not attempt.valid and not tree.children(attempt.id) and attempt.id not in in_hand
        if given_up:
            counted.visits[working_ancestor(tree, attempt.parents)] += 1
    for expansion in pending:
        place = working_ancestor(tree, expansion.parents)
        counted.under_way[place] += 1
        counted.visits[place] += 1
    for attempt in reversed(valid):  # children end after their parents, so each sum is whole when it goes up
        place = above[attempt.id]
        counted.visits[place] += counted.visits[attempt.id]
        counted.worth[place] = counted.worth.get(place, 0.0) + counted.worth[attempt.id]
    return counted
