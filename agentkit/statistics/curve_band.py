"""An interval at every place of a mean curve: that of hierarchical_bootstrap, for all places at once.

A run gives a whole curve, so whole curves are drawn again. The figure is the mean of the tasks' means, which
is linear: how often each run was drawn is a matrix, and its product with all curves is all resamples of all
places. So a band of 60 places costs hardly more than one interval. It is studentised place by place: each
place holds the truth 95 times of a hundred; that all do at once is not claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agentkit.statistics.hierarchical_bootstrap import LEAST_ERROR, Tasks
from agentkit.statistics.ratio import Array

BATCH_CELLS = 4_000_000
"""Drawn counts held at once."""
ONE_THREAD = 250_000
"""Multiplications at once. Of more, numpy's BLAS makes threads, on a busy machine at fifty times the cost."""


@dataclass(frozen=True)
class CurveBand:
    """Mean and interval at each place; NaN bounds where the noise is not known."""

    values: Array
    low: Array
    high: Array


def curve_band(
    tasks: Sequence[Array],
    *,
    tasks_are: Tasks = "fixed",
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> CurveBand | None:
    """`tasks`: for each task its runs × places. None without a task. ValueError for a task without a run."""
    if not tasks:
        return None
    if not all(len(runs) for runs in tasks):
        raise ValueError("a task without a run has no curve; leave it out and say so")
    means = np.stack([runs.mean(axis=0) for runs in tasks])
    values = means.mean(axis=0)
    errors = _error_of_fixed(tasks) if tasks_are == "fixed" else _error_of_sampled(means)
    known = errors > 0
    half = np.full_like(values, np.nan)
    if known.any():
        chance = np.random.default_rng(seed)
        draw = _draw_fixed if tasks_are == "fixed" else _draw_sampled
        batch = max(1, BATCH_CELLS // (len(tasks) * max(runs.size for runs in tasks)))
        deviations = []
        for start in range(0, resamples, batch):
            moved, found = draw(tasks, min(batch, resamples - start), chance)
            deviations.append(np.abs(moved) / np.where(known, np.maximum(found, LEAST_ERROR * errors), 1.0))
        half[known] = (np.quantile(np.concatenate(deviations), level, axis=0) * errors)[known]
    return CurveBand(values, values - half, values + half)


def _weights(tasks: Sequence[Array]) -> list[float]:
    """What a task's mean squared deviation adds to the squared error of the mean over tasks.

    Its own variance over its count of runs; and its part in the pooled variance, which stands in for that of
    tasks with a single run.
    """
    counts = [len(runs) for runs in tasks]
    freedom, singles = sum(count - 1 for count in counts), counts.count(1)
    return [
        (1 / (count - 1) + singles * count / freedom) / len(tasks) ** 2 if count > 1 else 0.0
        for count in counts
    ]


def _error_of_fixed(tasks: Sequence[Array]) -> Array:
    """NaN where no task has two runs."""
    if max(len(runs) for runs in tasks) < 2:
        return np.full(tasks[0].shape[1], np.nan)
    parts = [weight * runs.var(axis=0) for weight, runs in zip(_weights(tasks), tasks, strict=True)]
    error: Array = np.sqrt(np.sum(parts, axis=0))
    return error


def _error_of_sampled(means: Array) -> Array:
    """Of the means of tasks, in the axis before the last. NaN for a single task."""
    count = means.shape[-2]
    if count < 2:
        return np.full(means.shape[-1], np.nan)
    error: Array = means.std(axis=-2, ddof=1) / np.sqrt(count)
    return error


def _draw_fixed(tasks: Sequence[Array], size: int, chance: np.random.Generator) -> tuple[Array, Array]:
    """How far each resample's mean is from the table's, and its own standard error: resamples × places."""
    places = tasks[0].shape[1]
    moved, squares = np.zeros((size, places)), np.zeros((size, places))
    borrowed = np.concatenate([runs - runs.mean(axis=0) for runs in tasks if len(runs) > 1])
    for weight, runs in zip(_weights(tasks), tasks, strict=True):
        if len(runs) == 1:  # it is given the deviations of other tasks' runs
            moved += borrowed[chance.integers(len(borrowed), size=size)]
            continue
        apart = runs - runs.mean(axis=0)
        both = _product(_times(len(runs), size, chance), np.hstack([apart, apart**2]))
        shifts = both[:, :places]
        moved += shifts
        squares += weight * (both[:, places:] - shifts**2)
    return moved / len(tasks), np.sqrt(np.maximum(squares, 0.0))


def _draw_sampled(tasks: Sequence[Array], size: int, chance: np.random.Generator) -> tuple[Array, Array]:
    """The same where tasks are drawn too: each of a resample's tasks with runs of its own."""
    rows = chance.integers(len(tasks), size=size * len(tasks))
    drawn = np.empty((len(rows), tasks[0].shape[1]))
    for number, runs in enumerate(tasks):
        here = np.flatnonzero(rows == number)
        drawn[here] = _product(_times(len(runs), len(here), chance), runs)
    tables = drawn.reshape(size, len(tasks), -1)
    middle = np.mean([runs.mean(axis=0) for runs in tasks], axis=0)
    return tables.mean(axis=1) - middle, _error_of_sampled(tables)


def _times(count: int, size: int, chance: np.random.Generator) -> Array:
    """Resamples × runs: the share of a resample that each run makes up."""
    # Counting places is thirty times as fast as drawing from the multinomial.
    places = chance.integers(count, size=(size, count)) + np.arange(0, size * count, count)[:, None]
    return np.bincount(places.ravel(), minlength=size * count).reshape(size, count) / count


def _product(times: Array, runs: Array) -> Array:
    piece = max(1, ONE_THREAD // runs.size)
    pieces = [times[start : start + piece] @ runs for start in range(0, len(times), piece)]
    return np.concatenate(pieces) if pieces else np.empty((0, runs.shape[1]))
