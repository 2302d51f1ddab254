"""Nop: hands in the start files. Its score must be about 0, or the task rewards nothing done."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import NOTHING


class NopPolicy:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [Expansion(operator="nothing")]


class NopSettings(Record):
    """It has none."""


@scaffold
def nop(settings: NopSettings) -> Scaffold:
    """Hand in the start files unchanged; a check of the task, not an agent."""
    return Scaffold(policy=NopPolicy(), operators={"nothing": NOTHING}, attempts=1)
