"""Rubric: what good work looks like, and how much each part of it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.record import Record


class Criterion(Record):
    """A node of a rubric. With children it is their weighted mean; without, it is a leaf with a check."""

    id: str
    text: str
    weight: float = Field(default=1.0, gt=0)
    check: Mapping[str, Any] | None = None
    """A deterministic leaf: `kind` names the check, the rest are its arguments."""
    children: tuple[Criterion, ...] = ()


class Rubric(Record):
    """A tree of criteria, and who wrote it."""

    title: str
    origin: Literal["author", "derived"] = "author"
    criteria: tuple[Criterion, ...]


class Verdict(Record):
    """What was found out about one leaf. A failed judge is an error, never a zero."""

    id: str
    text: str
    weight: float
    """Share of the root, 0…1."""
    status: Literal["passed", "failed", "partial", "error", "ungraded"]
    score: float | None = None
    """0…1; None when `error` or `ungraded`."""
    evidence: str = ""


class JudgeReport(Record):
    """Scores with evidence. `low` counts what is not known as 0, `high` as 1."""

    rubric: str
    score: float | None
    """Over what could be graded; None when nothing could."""
    low: float
    high: float
    coverage: float
    """Share of the weight that was graded."""
    verdicts: tuple[Verdict, ...] = ()
