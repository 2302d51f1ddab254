"""Multi-AIDE: three drafts, then a repair or three improvements of the best at a time."""

from __future__ import annotations

from pydantic import Field

from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import DEBUG, DRAFT, IMPROVE
from agentkit.search.rounds import Rounds


class MultiAideSettings(Record):
    """Published defaults (arXiv 2506.22419, table of scaffolds: N0 = 3, N = 3, p = 0.5, D = 5, M = 20)."""

    drafts: int = Field(default=3, ge=1)
    siblings: int = Field(default=3, ge=1)
    debug_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    max_debug_depth: int = Field(default=5, ge=0)
    attempts: int = Field(default=20, ge=1)
    barrier: bool = False
    """Wait for all siblings before the next round, as published."""


@scaffold
def multi_aide(settings: MultiAideSettings) -> Scaffold:
    """Three drafts, then a repair, or three siblings at a time from the best attempt."""
    return Scaffold(
        policy=Rounds(
            first=settings.drafts,
            siblings=settings.siblings,
            debug_probability=settings.debug_probability,
            max_debug_depth=settings.max_debug_depth,
            barrier=settings.barrier,
        ),
        operators={"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG},
        attempts=settings.attempts,
        width=settings.siblings,
        barrier=settings.barrier,
    )
