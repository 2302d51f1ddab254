"""Our interval for a figure over tasks and repetitions: a studentised bootstrap, in two stages.

Efron & Tibshirani, An Introduction to the Bootstrap (1993), §12.5, symmetric as in Hall, The Bootstrap and
Edgeworth Expansion (1992), §3.6; drawn tasks first, then repetitions within each: Davison & Hinkley,
Bootstrap Methods and Their Application (1997), §3.8. Each resample's deviation is divided by its own standard
error, so that the missing scatter of few repetitions cancels, which makes the plain bootstrap too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from agentkit.statistics import aggregates
from agentkit.statistics.ratio import Array, ratio
from agentkit.statistics.score_table import ScoreTable

Tasks = Literal["fixed", "sampled"]
"""`fixed`: of these very tasks, where only the runs are chance; `sampled`: of all tasks like them."""
Name = Literal["mean", "iqm"]
BATCH_CELLS = 1_000_000
LEAST_ERROR = 0.25
"""Of the table's own standard error: a resample of almost equal cells would else outweigh all others."""


@dataclass(frozen=True)
class TableEstimate:
    """A figure with its interval, and how much it rests on."""

    value: float
    low: float | None
    high: float | None
    tasks: int
    cells: int
    missing: int
    empty_tasks: int
    tasks_are: Tasks
    note: str = ""
    """Why there is no interval."""


@dataclass(frozen=True)
class _Figure:
    of: Callable[[Array], Array]
    parts: Callable[[Array], Array]
    """Each cell's part in it: the figure's variance is that of a weighted mean of these."""
    cells_weigh_alike: bool
    """Else tasks do."""


FIGURES: dict[Name, _Figure] = {
    "mean": _Figure(aggregates.mean, lambda tables: tables, cells_weigh_alike=False),
    "iqm": _Figure(aggregates.iqm, aggregates.winsorised, cells_weigh_alike=True),
}


def hierarchical_interval(
    table: ScoreTable,
    name: Name = "mean",
    *,
    tasks_are: Tasks = "fixed",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> TableEstimate | None:
    """None for an empty table. A table of differences gives the interval of a paired comparison."""
    if not table.tasks:
        return None
    figure = FIGURES[name]
    value, error = float(figure.of(table.values)), _error(figure, table.values, tasks_are)

    def estimate(low: float | None, high: float | None, note: str = "") -> TableEstimate:
        counts = len(table.tasks), table.cells, table.missing, len(table.empty)
        return TableEstimate(value, low, high, *counts, tasks_are, note)

    if tasks_are == "sampled" and len(table.tasks) < 2:
        return estimate(None, None, "one task says nothing of others")
    if math.isnan(error):
        return estimate(None, None, "no task has two repetitions, so their noise is not known")
    if error == 0:
        return estimate(None, None, "no scatter at all, so the noise is not known")
    deviations = []
    for drawn in _resamples(table.values, tasks_are, resamples, seed):
        errors = np.maximum(_errors(figure, drawn, tasks_are), LEAST_ERROR * error)
        deviations.append(np.abs(figure.of(drawn) - value) / errors)
    half = float(np.quantile(np.concatenate(deviations), level)) * error
    return estimate(value - half, value + half)


def standard_error(table: ScoreTable, name: Name = "mean", tasks_are: Tasks = "fixed") -> float | None:
    """None where it is not known: no task with two repetitions, or fewer than two tasks sampled."""
    if not table.tasks or (tasks_are == "sampled" and len(table.tasks) < 2):
        return None
    error = _error(FIGURES[name], table.values, tasks_are)
    return None if math.isnan(error) else error


def _resamples(values: Array, tasks_are: Tasks, resamples: int, seed: int) -> Iterator[Array]:
    """In batches, so that memory does not grow with the table."""
    chance = np.random.default_rng(seed)
    batch = max(1, BATCH_CELLS // values.size)
    for start in range(0, resamples, batch):
        yield resampled(values, tasks_are, min(batch, resamples - start), chance)


def resampled(values: Array, tasks_are: Tasks, resamples: int, chance: np.random.Generator) -> Array:
    """resamples × tasks × repetitions; a task keeps its count of cells.

    A task that was run once, where tasks are fixed, is given the deviations of all others for its noise.
    """
    tasks, repetitions = values.shape
    shape = (resamples, tasks)
    rows = np.tile(np.arange(tasks), (resamples, 1))
    if tasks_are == "sampled":
        rows = chance.integers(tasks, size=shape)
    counts = (~np.isnan(values)).sum(axis=1)
    packed = np.sort(values, axis=1)
    places = (chance.random((*shape, repetitions)) * counts[rows][..., None]).astype(np.int64)
    drawn: Array = packed[rows[..., None], places]
    drawn[np.arange(repetitions) >= counts[rows][..., None]] = np.nan
    once = np.flatnonzero(counts == 1)
    if tasks_are == "fixed" and 0 < len(once) < tasks:
        deviations = (values - aggregates.task_means(values)[:, None])[counts > 1]
        drawn[:, once, 0] += chance.choice(deviations[~np.isnan(deviations)], size=(resamples, len(once)))
    return drawn


def _error(figure: _Figure, values: Array, tasks_are: Tasks) -> float:
    return float(_errors(figure, values[None], tasks_are)[0])


def _errors(figure: _Figure, tables: Array, tasks_are: Tasks) -> Array:
    """The standard error of each table's figure; NaN where tasks are fixed and none was run twice."""
    parts = figure.parts(tables)
    counts = (~np.isnan(tables)).sum(axis=-1).astype(np.float64)
    tasks = tables.shape[-2]
    weights = np.full_like(counts, 1 / tasks)
    if figure.cells_weigh_alike:
        weights = counts / counts.sum(axis=-1, keepdims=True)
    means = aggregates.task_means(parts)
    if tasks_are == "sampled":
        middle = (weights * means).sum(axis=-1, keepdims=True)
        squares = (weights**2 * (means - middle) ** 2).sum(axis=-1)
        errors: Array = np.sqrt(squares * tasks / max(tasks - 1, 1))
        return errors
    squares = np.nansum((parts - means[..., None]) ** 2, axis=-1)
    pooled = ratio(squares.sum(axis=-1), (counts - 1).sum(axis=-1))
    variances = np.where(counts > 1, squares / np.maximum(counts - 1, 1), pooled[..., None])
    of_fixed: Array = np.sqrt((weights**2 * variances / counts).sum(axis=-1))
    return of_fixed
