"""AIDE: draft a few, then debug what is broken or improve what is best."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import DEBUG, DRAFT, IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable, drafts


class AideSettings(Record):
    """Published defaults (arXiv 2502.13138; its released code)."""

    drafts: int = Field(default=5, ge=1)
    debug_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    max_debug_depth: int = Field(default=3, ge=0)
    """Failures in a row after which a branch is given up."""
    attempts: int = Field(default=20, ge=1)


@dataclass(frozen=True)
class AidePolicy(OneByOne):
    settings: AideSettings

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        coming = sum(expansion.operator == "draft" for expansion in pending)
        if len(drafts(tree)) + coming < self.settings.drafts:
            return Expansion(operator="draft")
        broken = debuggable(tree, pending, self.settings.max_debug_depth)
        if broken and rng.random() < self.settings.debug_probability:
            return Expansion(operator="debug", parents=(rng.choice(broken).id,))
        best = tree.best()
        if best is None:
            return Expansion(operator="draft")
        return Expansion(operator="improve", parents=(best.id,))


@scaffold
def aide(settings: AideSettings) -> Scaffold:
    """Draft a few, then repair a failure or improve the best, one at a time (AIDE)."""
    return Scaffold(
        policy=AidePolicy(settings),
        operators={"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG},
        attempts=settings.attempts,
    )
