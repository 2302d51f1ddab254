"""Oracle: lays the task's reference solution down. Its score must be about 1, or the task is wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import SOLUTION


class OraclePolicy:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [Expansion(operator="solution")]


class OracleSettings(Record):
    """It has none."""


@scaffold
def oracle(settings: OracleSettings) -> Scaffold:
    """Apply the task's reference solution; a check of the task, not an agent."""
    return Scaffold(policy=OraclePolicy(), operators={"solution": SOLUTION}, attempts=1)
