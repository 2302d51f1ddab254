"""AIRA-Evo: evolution with improvement and crossover; a failure is repaired before anything else is tried."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.islands import island_of, likely, pick_island, survivors
from agentkit.search.operators import AIRA_CROSSOVER, AIRA_DEBUG, AIRA_DRAFT, AIRA_IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable


class AiraEvoSettings(Record):
    """Published defaults (arXiv 2507.02554, its code): 100 generations of 5, one island, no migration."""

    islands: int = Field(default=1, ge=1)
    generation: int = Field(default=5, ge=1)
    capacity: int = Field(default=500, ge=1)
    crossover_from: int = Field(default=2, ge=0)
    crossover_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    temperature: float = Field(default=1.0, gt=0.0)
    max_debug_depth: int = Field(default=10, ge=0)
    attempts: int = Field(default=500, ge=1)


@dataclass(frozen=True)
class AiraEvoPolicy(OneByOne):
    own: AiraEvoSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        count, size = self.own.islands, self.own.generation
        broken = debuggable(tree, pending, self.own.max_debug_depth)
        if broken:
            params = {"island": island_of(broken[-1], count)}
            return Expansion(operator="debug", parents=(broken[-1].id,), params=params)
        ideas = sum(each.operator != "debug" for each in tree.attempts.values())
        ideas += sum(each.operator != "debug" for each in pending)
        living = [survivors(tree, island, count, size, self.own.capacity) for island in range(count)]
        island = ideas % count if ideas < size * count else pick_island(living, rng)
        members, params = living[island], {"island": island}
        if ideas < size * count or not members:
            return Expansion(operator="draft", params=params)
        parent, other = (likely(members, self.own.temperature, rng) for _ in range(2))
        crosses = ideas >= self.own.crossover_from * size * count and parent is not other
        if crosses and rng.random() < self.own.crossover_probability:
            return Expansion(operator="crossover", parents=(parent.id, other.id), params=params)
        why = f"drawn among {len(members)} survivors by a softmax of fitness"
        return Expansion(operator="improve", parents=(parent.id,), params=params, reason=why)


@scaffold
def aira_evo(settings: AiraEvoSettings) -> Scaffold:
    """Evolution: parents by fitness, improvement or crossover; children below the mean die (AIRA)."""
    steps = {"draft": AIRA_DRAFT, "improve": AIRA_IMPROVE, "crossover": AIRA_CROSSOVER, "debug": AIRA_DEBUG}
    return Scaffold(policy=AiraEvoPolicy(settings), operators=steps, attempts=settings.attempts)
