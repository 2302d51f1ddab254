"""Weighted resampling: independent starts, then steps from parents drawn by how good they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT, IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import scaled, valid_attempts


class WeightedResampleSettings(Record):
    """METR's KernelAgent (2025): 8 starts, 300 attempts, parents weighted by speed-up; the floor is ours."""

    starts: int = Field(default=8, ge=1)
    floor: float = Field(default=0.1, gt=0.0)
    """Weight of the worst valid attempt, where the best has 1 more."""
    attempts: int = Field(default=300, ge=1)


@dataclass(frozen=True)
class WeightedResamplePolicy(OneByOne):
    settings: WeightedResampleSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        valid = valid_attempts(tree)
        if len(tree.attempts) + len(pending) < self.settings.starts or not valid:
            return Expansion(operator="draft")
        weights = [self.settings.floor + value for value in scaled(valid)]
        reason = f"drawn among {len(valid)} by fitness"
        return Expansion(operator="improve", parents=(rng.choices(valid, weights)[0].id,), reason=reason)


@scaffold
def weighted_resample(settings: WeightedResampleSettings) -> Scaffold:
    """Eight starts, then steps from parents drawn by their fitness (METR's KernelAgent)."""
    return Scaffold(
        policy=WeightedResamplePolicy(settings),
        operators={"draft": DRAFT, "improve": IMPROVE},
        attempts=settings.attempts,
        width=settings.starts,
    )
