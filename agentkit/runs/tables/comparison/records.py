"""What `agentkit compare` finds out, as it prints it with --json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agentkit.contracts.record import Record
from agentkit.runs.tables.grouping import Figures, Interval
from agentkit.statistics.hierarchical_bootstrap import Tasks


class SideFigures(Record):
    """One side by itself."""

    name: str
    figures: Figures
    used: Mapping[str, float | None]
    """Means over its runs of what each had used: attempts, tokens, dollars, minutes, gpu_seconds. None: not
    known of any."""
    not_finished: Mapping[str, int]
    """State to how many runs, of those that did not finish."""


class Contrast(Record):
    """`side` minus `against`, over the cells (task, seed) in which both have a figure."""

    side: str
    against: str
    difference: float | None
    """The mean over tasks of each task's mean difference; None where nothing is common."""
    interval: Interval
    """Of 95 %."""
    p: float | None
    """Of the sign-flip test."""
    p_holm: float | None = None
    """The same after Holm's correction for all contrasts of this comparison."""
    shown: bool = False
    """`p_holm` is at most 0.05, and the interval leaves 0 out. Without an interval p alone decides."""
    cells: int
    """Pairs that the difference is over."""
    tasks: int
    repetitions: tuple[int, int]
    """Fewest and most pairs of a task."""
    missing: int
    """Pairs that both were to have, in which a side has no figure, or neither has."""
    missing_side: int
    """Pairs that both were to have, in which `side` has no figure; below, in which `against` has none."""
    missing_against: int
    only_side: int
    """Runs of `side` with a figure whose cell `against` never was to have; below the other way round."""
    only_against: int
    standardised: float | None
    """Hedges' g: in standard deviations of runs within a task."""
    cliffs_delta: float | None
    probability_of_improvement: float | None
    """That a run of `side` has the larger figure than one of `against` on the same task, ties by half."""
    detectable: float | None
    """The true difference that would have been seen with a chance of 80 %, were it the first of all contrasts
    that Holm's correction looks at."""
    least_p: float | None
    """The smallest `p_holm` that so few pairs allow; None where it is of no concern."""
    differs: Mapping[str, tuple[str, str]]
    """Setting to its values on either side, where these are not the same."""
    sentence: str = ""
    notes: tuple[str, ...] = ()


class Comparison(Record):
    version: Literal[1] = 1
    figure: str
    """What is compared: the column of the table of runs."""
    tasks_are: Tasks
    """`fixed`: of these very tasks, where only the runs are chance. `sampled`: of all tasks like them."""
    interval: str
    sides: tuple[SideFigures, ...]
    contrasts: tuple[Contrast, ...]
    notes: tuple[str, ...] = ()
