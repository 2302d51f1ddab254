"""RAS: retrieval-augmented search. Each candidate follows another change that has helped before."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT, RETRIEVE
from agentkit.search.rounds import Rounds


class RasSettings(Record):
    """Published defaults (arXiv 2501.18916): k = 8 candidates from the best, m = 4 rounds, 32 calls."""

    candidates: int = Field(default=8, ge=1)
    attempts: int = Field(default=32, ge=1)
    barrier: bool = False
    """Wait for all candidates before the next round, as published."""


@scaffold
def ras(settings: RasSettings) -> Scaffold:
    """Rounds of eight candidates from the best, each after another retrieved change that has helped (RAS)."""
    many = settings.candidates
    return Scaffold(
        policy=Rounds(many, many, operator="retrieve", place="retrieve", barrier=settings.barrier),
        operators={"draft": replace(DRAFT, sections=RETRIEVE.sections), "retrieve": RETRIEVE},
        attempts=settings.attempts,
        width=many,
        barrier=settings.barrier,
    )
