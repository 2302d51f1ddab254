"""ReAct: one long tool loop, measured once when the model submits."""

from __future__ import annotations

import random
from collections.abc import Sequence

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import WORK


class ReactSettings(Record):
    attempts: int = Field(default=1, ge=1)
    """Independent loops, each from the start files."""


class ReactPolicy:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [Expansion(operator="react")] * room


@scaffold
def react(settings: ReactSettings) -> Scaffold:
    """One long tool loop without a plan of ours (ReAct, arXiv 2210.03629)."""
    return Scaffold(policy=ReactPolicy(), operators={"react": WORK}, attempts=settings.attempts)
