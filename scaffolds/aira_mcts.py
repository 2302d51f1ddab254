"""AIRA-MCTS: Monte Carlo tree search without roll-outs; failures are repaired before anything else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import AIRA_DEBUG, AIRA_DRAFT, AIRA_IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable
from agentkit.search.tree_search import count_visits


class AiraMctsSettings(Record):
    """Published defaults (arXiv 2507.02554 and its released code: c = 0.25, k = 5, chains of 20)."""

    exploration: float = Field(default=0.25, ge=0.0)
    children: int = Field(default=5, ge=1)
    """Children of an attempt before the search goes on below them."""
    max_debug_depth: int = Field(default=20, ge=0)
    """Failures in a row after which a branch is given up; the paper's text says 10."""
    attempts: int = Field(default=500, ge=1)


@dataclass(frozen=True)
class AiraMctsPolicy(OneByOne):
    settings: AiraMctsSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        broken = debuggable(tree, pending, self.settings.max_debug_depth)
        if broken:
            return Expansion(operator="debug", parents=(broken[-1].id,))
        counted = count_visits(tree, pending)
        place = counted.descend(self.settings.exploration, self.settings.children)
        if place is None:
            return Expansion(operator="draft")
        reason = counted.said(place, self.settings.exploration)
        return Expansion(operator="improve", parents=(place,), reason=reason)


@scaffold
def aira_mcts(settings: AiraMctsSettings) -> Scaffold:
    """Monte Carlo tree search over attempts, by UCT on scaled fitness (AIRA)."""
    return Scaffold(
        policy=AiraMctsPolicy(settings),
        operators={"draft": AIRA_DRAFT, "improve": AIRA_IMPROVE, "debug": AIRA_DEBUG},
        attempts=settings.attempts,
    )
