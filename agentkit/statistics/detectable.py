"""How small a difference could have been seen (Bloom, Evaluation Review 19, 1995)."""

from __future__ import annotations

import math

import numpy as np

from agentkit.statistics import aggregates
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.score_table import ScoreTable
from agentkit.statistics.student import two_sided_quantile


def detectable_difference(
    differences: ScoreTable,
    *,
    tasks_are: Tasks = "fixed",
    repetitions: int | None = None,
    level: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """The true mean difference that a test at `level` sees with a chance of `power`, given this noise.

    `repetitions`: as if each task had been run so often; else as it was. None where the noise is not known:
    no task was run twice (fixed), or there are fewer than two tasks (sampled).
    """
    if not 0.5 < power < 1:
        raise ValueError(f"the power lies between 0.5 and 1, found {power!r}")
    known = _error(differences, tasks_are, repetitions)
    if known is None:
        return None
    error, freedom = known
    return error * (two_sided_quantile(1 - level, freedom) + two_sided_quantile(2 * power - 1, freedom))


def _error(table: ScoreTable, tasks_are: Tasks, repetitions: int | None) -> tuple[float, float] | None:
    """The standard error of the mean of the tasks' means, and its degrees of freedom."""
    values, tasks = table.values, len(table.tasks)
    counts = (~np.isnan(values)).sum(axis=1).astype(float)
    means = aggregates.task_means(values)
    squares = np.nansum((values - means[:, None]) ** 2, axis=1)
    inner = float((counts - 1).sum())
    within = float(squares.sum()) / inner if inner else None
    then = counts if repetitions is None else np.full(tasks, float(repetitions))
    if tasks_are == "fixed":
        if within is None or not tasks:
            return None
        # One pooled variance: with three repetitions a task's own says almost nothing.
        return math.sqrt(within * float((1 / then).sum())) / tasks, max(float((then - 1).sum()), 1.0)
    if tasks < 2:
        return None
    scatter = float(means.var(ddof=1))
    if repetitions is not None and within is not None:
        between = max(0.0, scatter - within * float((1 / counts).mean()))
        scatter = between + within / repetitions
    return math.sqrt(scatter / tasks), tasks - 1.0
