"""PanelSettings: how many judges a leaf needs, how carefully, and for how much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentkit.contracts.record import Record


class PanelSettings(Record):
    """Of one judging. Shares are of the root's weight."""

    quorum: int = Field(default=2, ge=1)
    """Judges of different families that must agree where one is not enough; no more than the panel has."""
    heavy_share: float = Field(default=0.02, ge=0, le=1)
    """A pass of a leaf that counts this much or more needs the quorum."""
    tolerance: float = Field(default=0.25, ge=0, lt=1)
    """How far two marks may lie apart and still agree, as a share of the largest; leaves that pass or
    fail must agree exactly."""
    samples: int = Field(default=1, ge=1)
    """Where the panel splits, each judge is asked until it has said so many times what it thinks."""
    probes: int = Field(default=0, ge=0)
    """Leaves, the heaviest first, that the first judge is asked about twice more: once again, and once with
    the files in another order. They show how steady it is and count for nothing else."""
    reask: bool = True
    """Whether a judge whose citations do not hold is told which, and asked once more."""
    recheck: Literal["passes", "suspects"] = "passes"
    """Which passes are asked about once more with text masked. `passes`: all of code, execution and results,
    without comments, docstrings and prose, so that none rests on what the work says of itself; `suspects`:
    only where text speaks to the judge, without that text, which costs fewer calls."""
    canaries: bool = True
    """Whether each judge is first asked about a leaf that cannot be met, and about work that is empty. One
    that passes either has no vote."""
    max_usd: float | None = Field(default=None, gt=0)
    """A call that could pass it is not made."""
    target: float | None = Field(default=None, ge=0, le=1)
    """Stop once `high - low` is no more than this."""
    floor: float = Field(default=0.98, ge=0, le=1)
    """Coverage below which only the bounds may be quoted."""
    at_once: int = Field(default=8, ge=1)
    """Leaves under way."""
    room: int = Field(default=160_000, ge=1_000)
    """Characters of the work's files that a judge is shown for one leaf."""
    longest_reply: int = Field(default=4_096, ge=256)
    """Tokens."""
    candidate: str = ""
    """The model that did the work, as PROVIDER/NAME; empty: nobody knows, or no model."""
    allow_own_family: bool = False
    """Whether a verdict may rest on judges of the candidate's own family alone."""
