"""RunRow: one run as a row of a table, with every setting and figure, whatever became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.outcome import Trust
from agentkit.contracts.record import Record

RowState = Literal["finished", "failed", "refused", "missing", "interrupted", "running", "waiting"]
"""`finished`: its search came to an end of its own, with an answer or without. `failed`: a fault ended it, or
its model went away. `refused`: it could not begin. `missing`: its folder is gone, or cannot be read.
`interrupted`: it was stopped or cut off, and `agentkit resume` goes on. `running`: a process is at work.
`waiting`: a cell that nobody began."""

UNFINISHED: tuple[RowState, ...] = ("failed", "refused", "missing", "interrupted", "running", "waiting")
"""Runs that say nothing of what their settings are worth: their score is missing, and never 0."""


class RunRow(Record):
    """What is not known is None, and what does not apply is empty; neither is ever 0."""

    run: str = ""
    """Name of the run folder; empty where no run was begun."""
    folder: str = ""
    cell: str = ""
    """Digest of the cell's spec, where the run is a sweep's."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Axis of the sweep to how its value is shown."""
    tries: int = 1
    """Runs that were begun for this row; the row tells of the one that counts."""
    state: RowState
    reason: str = ""
    """Why it ended, failed or was refused."""

    task: str = ""
    profile: str = ""
    """The size of the task. One of another size is another task."""
    scaffold: str = ""
    model: str = ""
    simulated: bool = False
    """No live model was asked: one is `simulated/…` or `scripted/…`."""
    hints: str = ""
    """As shown: `text+paper`, `none`."""
    notes: str = ""
    """Names of the user's notes, joined by +."""
    sandbox: str = ""
    seed: int | None = None

    score: float | None = None
    """Fraction of the speed-up recovered. 0 for a finished run without an answer; None where the run did not
    finish, or the task has no such score here."""
    score_low: float | None = None
    """Of the 95 % interval of this run's own measurements."""
    score_high: float | None = None
    answer: str = ""
    """The attempt that was chosen; empty: there is none."""
    metric: str = ""
    """Name of the task's metric."""
    value: float | None = None
    """The metric of the answer, a mean."""
    unit: str = ""
    loss: float | None = None
    trust: Trust | None = None
    """None without an answer."""
    isolation: str = ""
    judge_score: float | None = None
    """None too where too little was graded for one number."""

    attempts: int | None = None
    """Made, of any kind; None where no run was begun."""
    valid_attempts: int | None = None
    tokens: int | None = None
    dollars: float | None = None
    """None: the price of a call is not known, or no run was begun."""
    minutes: float | None = None
    gpu_seconds: float | None = None
    """Of the attempts; measuring the answer again is not in it."""

    reference_start: float | None = None
    """The task's metric at its start, and at its target below: what the score is relative to."""
    reference_target: float | None = None
    reference_source: str = ""
    """Where the ends were published; empty: measured on the machine of the run."""
    measurable: bool | None = None
    """The gap between the ends stands out of its noise; None without ends."""

    caps: Mapping[str, float | None] = Field(default_factory=dict)
    """What the run might spend; None: no cap."""
    settings: Mapping[str, Any] = Field(default_factory=dict)
    """Every other setting, flat: `scaffold_settings.width`."""

    @property
    def task_name(self) -> str:
        """With its size, which makes it another task."""
        return f"{self.task} {self.profile}".rstrip()
