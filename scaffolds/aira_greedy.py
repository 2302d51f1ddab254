"""AIRA-greedy: AIDE's search with repairs first, and operators that see siblings only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import AIRA_DEBUG, AIRA_DRAFT, AIRA_IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable, drafts


class AiraGreedySettings(Record):
    """Published defaults (arXiv 2507.02554 and its released code: n0 = 5, debug always, chains of 20)."""

    drafts: int = Field(default=5, ge=1)
    max_debug_depth: int = Field(default=20, ge=0)
    """Failures in a row after which a branch is given up; the paper's text says 10."""
    attempts: int = Field(default=500, ge=1)


@dataclass(frozen=True)
class AiraGreedyPolicy(OneByOne):
    settings: AiraGreedySettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        coming = sum(expansion.operator == "draft" for expansion in pending)
        if len(drafts(tree)) + coming < self.settings.drafts:
            return Expansion(operator="draft")
        broken = debuggable(tree, pending, self.settings.max_debug_depth)
        if broken:
            return Expansion(operator="debug", parents=(rng.choice(broken).id,))
        best = tree.best()
        if best is None:
            return Expansion(operator="draft")
        return Expansion(operator="improve", parents=(best.id,))


@scaffold
def aira_greedy(settings: AiraGreedySettings) -> Scaffold:
    """Draft a few, repair every failure, improve the best; memory of siblings only (AIRA)."""
    return Scaffold(
        policy=AiraGreedyPolicy(settings),
        operators={"draft": AIRA_DRAFT, "improve": AIRA_IMPROVE, "debug": AIRA_DEBUG},
        attempts=settings.attempts,
    )
