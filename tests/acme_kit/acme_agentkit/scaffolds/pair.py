"""A scaffold of another house, with a module of its own beside it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentkit import AttemptTree, Expansion, Operator, Record, Scaffold, scaffold

from ._count import PAIR


class PairSettings(Record):
    """How the pair works."""

    attempts: int = PAIR


class PairPolicy:
    """One draft, then improvements of the best."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        best = tree.best()
        if best is None:
            return [Expansion(operator="draft")] if not pending else []
        return [Expansion(operator="improve", parents=(best.id,))]


@scaffold
def pair(settings: PairSettings) -> Scaffold:
    """One draft and one improvement of it."""
    operators = {name: Operator(name) for name in ("draft", "improve")}
    return Scaffold(policy=PairPolicy(), operators=operators, attempts=settings.attempts)
