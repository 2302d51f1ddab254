"""AEGIS: retrieval-augmented search whose steps are single small edits with an explanation."""

from __future__ import annotations

from pydantic import Field

from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import ATOMIC_EDIT
from agentkit.search.rounds import Rounds


class AegisSettings(Record):
    """Published defaults (arXiv 2501.18916): as RAS, 4 rounds of 8 candidates, each one atomic edit."""

    candidates: int = Field(default=8, ge=1)
    attempts: int = Field(default=32, ge=1)
    barrier: bool = False
    """Wait for all candidates before the next round, as published."""


@scaffold
def aegis(settings: AegisSettings) -> Scaffold:
    """Rounds of eight small edits of the best, each after another explanation of what has helped (AEGIS)."""
    many = settings.candidates
    policy = Rounds(
        many, many, draft="atomic_edit", operator="atomic_edit", place="retrieve", barrier=settings.barrier
    )
    return Scaffold(
        policy=policy,
        operators={"atomic_edit": ATOMIC_EDIT},
        attempts=settings.attempts,
        width=many,
        barrier=settings.barrier,
    )
