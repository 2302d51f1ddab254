"""Outcome: what an evaluator found out about one version of the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from agentkit.contracts.record import Record

Status = Literal["valid", "invalid", "crash", "timeout", "flagged"]
Trust = Literal["verified", "claimed"]


class Flag(Record):
    """Something that makes a result doubtful, with what was seen."""

    code: str
    evidence: str


class Outcome(Record):
    """An evaluator's verdict. It never comes from text that the candidate could forge.

    `valid` met every rule; `invalid` ran but missed one; `crash` and `timeout` did not finish;
    `flagged` broke the rules and is kept as evidence, never as a parent or an answer.
    """

    status: Status
    metrics: Mapping[str, float] = Field(default_factory=dict)
    trust: Trust = "claimed"
    """`verified`: the harness measured it itself. `claimed`: the candidate said so."""
    isolation: str = ""
    """The sandbox it ran in."""
    flags: tuple[Flag, ...] = ()
    seconds: float = 0.0
    """Wall seconds the evaluation took, all its parts together."""
    reason: str = ""
    """One line: why it is not `valid`, or what carried it."""
    log: str = ""
    """The candidate's output, cut for a reader: head, error lines, tail."""
    seed: int = 0
