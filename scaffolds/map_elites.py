"""MAP-Elites on islands: a grid of kinds, in each cell the best attempt of that kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search import memory
from agentkit.search.islands import elites, inhabitants, inspirations
from agentkit.search.operators import DRAFT, IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import fittest, scaled


class MapElitesSettings(Record):
    """Published defaults (AlphaEvolve's design as OpenEvolve released it); what makes a kind is ours."""

    islands: int = Field(default=5, ge=1)
    features: tuple[str, ...] = ("depth", "seconds")
    """`depth` (steps from the start), `seconds` (of evaluation), or a metric's name."""
    bins: int = Field(default=10, ge=1)
    archive: int = Field(default=100, ge=1)
    exploration: float = Field(default=0.2, ge=0.0, le=1.0)
    exploitation: float = Field(default=0.7, ge=0.0, le=1.0)
    migrate_every: int = Field(default=50, ge=1)
    migrants: float = Field(default=0.1, ge=0.0, le=1.0)
    attempts: int = Field(default=100, ge=1)


@dataclass(frozen=True)
class MapElitesPolicy(OneByOne):
    own: MapElitesSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        own, island = self.own, (len(tree.attempts) + len(pending)) % self.own.islands
        ring = (island - 1, island + 1)
        living = inhabitants(tree, island, own.islands, ring, own.migrate_every, own.migrants)
        if not living:
            return Expansion(operator="draft", params={"island": island})
        archive = fittest(elites(tree, living, own.features, own.bins), own.archive)
        weights = [0.01 + value for value in scaled(living)]
        shares = (own.exploration, own.exploitation, max(0.0, 1 - own.exploration - own.exploitation))
        parents = (rng.choice(living), rng.choice(archive), rng.choices(living, weights)[0])
        (way,) = rng.choices(range(3), shares)
        parent, why = parents[way], ("drawn evenly", "one of the elites", "drawn by fitness")[way]
        params = {"island": island, "inspirations": inspirations(archive, parent, 3, 2, rng)}
        return Expansion(operator="improve", parents=(parent.id,), params=params, reason=why)


@scaffold
def map_elites(settings: MapElitesSettings) -> Scaffold:
    """Five islands in a ring, on each the best of every kind; parents mostly from those (OpenEvolve)."""
    steps = {"draft": DRAFT, "improve": replace(IMPROVE, memory=memory.inspirations)}
    return Scaffold(policy=MapElitesPolicy(settings), operators=steps, attempts=settings.attempts, width=4)
