"""Shinka: islands, and parents drawn by fitness and by how few children they have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search import memory
from agentkit.search.islands import inhabitants, inspirations, novelty_weights, residents
from agentkit.search.operators import CROSSOVER, DEBUG, DRAFT, IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable, fittest


class ShinkaSettings(Record):
    """Published defaults (arXiv 2509.19349 and its released code)."""

    islands: int = Field(default=2, ge=1)
    archive: int = Field(default=40, ge=1)
    sharpness: float = Field(default=10.0, ge=0.0)
    crossover_probability: float = Field(default=0.1, ge=0.0, le=1.0)
    migrate_every: int = Field(default=10, ge=1)
    migrants: float = Field(default=0.1, ge=0.0, le=1.0)
    attempts: int = Field(default=50, ge=1)


@dataclass(frozen=True)
class ShinkaPolicy(OneByOne):
    own: ShinkaSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        begun, count, own = len(tree.attempts) + len(pending), self.own.islands, self.own
        island = begun if begun < count else rng.randrange(count)
        living = inhabitants(tree, island, count, range(count), own.migrate_every, own.migrants)
        archive, where = fittest(living, own.archive), {"island": island}
        if not archive:
            broken = residents(debuggable(tree, pending, begun), island, count)
            if broken:
                return Expansion(operator="debug", parents=(broken[-1].id,), params=where)
            return Expansion(operator="draft", params=where)
        parent = rng.choices(archive, novelty_weights(tree, pending, archive, own.sharpness))[0]
        params = {**where, "inspirations": inspirations(archive, parent, 1, 1, rng)}
        rest = [each.id for each in archive if each is not parent]
        if rest and rng.random() < own.crossover_probability:
            return Expansion(operator="crossover", parents=(parent.id, rng.choice(rest)), params=params)
        why = f"drawn from {len(archive)} on the island, by fitness and fewness of children"
        return Expansion(operator="improve", parents=(parent.id,), params=params, reason=why)


@scaffold
def shinka(settings: ShinkaSettings) -> Scaffold:
    """Islands; parents by fitness and by how few children they have (ShinkaEvolve)."""
    steps = {"improve": replace(IMPROVE, memory=memory.inspirations), "crossover": CROSSOVER}
    operators = {"draft": DRAFT, "debug": DEBUG, **steps}
    return Scaffold(policy=ShinkaPolicy(settings), operators=operators, attempts=settings.attempts, width=3)
