"""AIDE as the speedrun paper ran it: three drafts, then a repair or an improvement of the best."""

from __future__ import annotations

from pydantic import Field

from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import DEBUG, DRAFT, IMPROVE
from agentkit.search.rounds import Rounds


class AideSpeedrunSettings(Record):
    """Published defaults (arXiv 2506.22419, table of scaffolds: N0 = 3, N = 1, p = 0.5, D = 5, M = 20)."""

    drafts: int = Field(default=3, ge=1)
    siblings: int = Field(default=1, ge=1)
    debug_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    max_debug_depth: int = Field(default=5, ge=0)
    attempts: int = Field(default=20, ge=1)
    barrier: bool = False
    """Wait for all siblings before the next round, as published."""


@scaffold
def aide_speedrun(settings: AideSpeedrunSettings) -> Scaffold:
    """Three drafts, then a repair or an improvement of the best (AIDE as in the speedrun paper)."""
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
