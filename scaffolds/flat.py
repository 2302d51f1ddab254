"""Flat search: independent drafts, and the best one wins (best of M)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search import memory
from agentkit.search.operators import DRAFT


class FlatSettings(Record):
    """Published defaults (arXiv 2506.22419, table of scaffolds: M = 20)."""

    attempts: int = Field(default=20, ge=1)


class FlatPolicy:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [Expansion(operator="draft")] * room


@scaffold
def flat(settings: FlatSettings) -> Scaffold:
    """Independent drafts that do not know of one another; the best one wins."""
    return Scaffold(
        policy=FlatPolicy(),
        operators={"draft": replace(DRAFT, memory=memory.nothing)},
        attempts=settings.attempts,
        width=4,
    )
