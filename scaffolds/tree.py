"""Tree: one draft, then round by round three improvements of the best; no repairs."""

from __future__ import annotations

from pydantic import Field

from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT, IMPROVE
from agentkit.search.rounds import Rounds


class TreeSettings(Record):
    """Published defaults (arXiv 2506.22419, table of scaffolds: N0 = 1, N = 3, p = 0, M = 20)."""

    drafts: int = Field(default=1, ge=1)
    siblings: int = Field(default=3, ge=1)
    attempts: int = Field(default=20, ge=1)
    barrier: bool = False
    """Wait for all siblings before the next round, as published."""


@scaffold
def tree(settings: TreeSettings) -> Scaffold:
    """One draft, then three siblings at a time from the best attempt."""
    return Scaffold(
        policy=Rounds(settings.drafts, settings.siblings, barrier=settings.barrier),
        operators={"draft": DRAFT, "improve": IMPROVE},
        attempts=settings.attempts,
        width=settings.siblings,
        barrier=settings.barrier,
    )
