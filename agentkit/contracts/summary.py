"""Summary: what a run came to. `summary.json` in the run folder, and `agentkit solve --json`.

The schema is versioned: a field is only ever added within a version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.attempt import Cost
from agentkit.contracts.outcome import Status, Trust
from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeReport


class Answer(Record):
    """The attempt the finaliser chose, re-measured on fresh seeds."""

    attempt: str
    fsr: float | None = None
    """Fraction of the speed-up recovered: 0 is the start, 1 the reference (arXiv 2506.22419, eq. 1)."""
    fsr_interval: tuple[float, float] | None = None
    seconds: float | None = None
    """Mean of the task's metric over the measurements, where the metric is a time."""
    loss: float | None = None
    trust: Trust
    isolation: str
    metrics: Mapping[str, float] = Field(default_factory=dict)
    """Means over the measurements."""
    measurements: int = 0
    valid_measurements: int = 0


class AttemptRow(Record):
    """One attempt in the final table."""

    id: str
    operator: str
    parents: tuple[str, ...]
    status: Status
    trust: Trust
    metrics: Mapping[str, float]
    seconds: float
    cost: Cost
    fsr: float | None = None
    plan: str = ""
    """First line of what it meant to do."""
    reason: str = ""


class ReferenceEnds(Record):
    """Both ends of the task, means of its metric: as measured here, or as published."""

    metric: str
    unit: str
    start: float
    target: float
    start_sd: float
    target_sd: float
    pairs: int
    """0: published, so nothing was measured here."""
    gap_in_errors: float | None
    """Mean paired gap divided by its standard error; None with fewer than two pairs."""
    measurable: bool
    """The gap is at least 3 standard errors. Of published ends that was not tested, so it is false."""
    source: str = ""
    """Where the ends were published; empty: they were measured on this machine."""
    hardware: str = ""
    """On which the published ends were measured."""


class BudgetUse(Record):
    """What was spent, beside the caps that were set (None: no cap)."""

    attempts: int
    tokens: int
    dollars: float | None
    """None: at least one call had no known price."""
    minutes: float
    caps: Mapping[str, float | None] = Field(default_factory=dict)


class Summary(Record):
    """One solve."""

    version: Literal[1] = 1
    run: str
    """Name of the run folder."""
    folder: str
    state: Literal["running", "ended", "interrupted", "failed"]
    reason: str = ""
    """Why it ended: budget, policy finished, transcript ended, Ctrl-C, error."""
    task: str
    scaffold: str
    model: str
    simulated: bool = False
    """A role had a simulated model: what the run shows says nothing about any model."""
    hints: tuple[str, ...]
    profile: str
    sandbox: str
    seed: int
    best: Answer | None = None
    attempts: tuple[AttemptRow, ...] = ()
    judge: JudgeReport | None = None
    budget: BudgetUse
    reference: ReferenceEnds | None = None
    settings: Mapping[str, Any] = Field(default_factory=dict)
