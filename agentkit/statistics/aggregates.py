"""One number for many tasks and repetitions (Agarwal et al., NeurIPS 2021, arXiv 2108.13264).

A table's last two axes are tasks × repetitions, NaN where a cell is missing; the axes before are free, so
that all resamples cost one call. On full tables each figure is that of their package rliable.
"""

from __future__ import annotations

import numpy as np

from agentkit.statistics.ratio import Array, ratio

TRIMMED = 0.25
"""Of the cells, at either end."""


def mean(tables: Array) -> Array:
    """Of the tasks' means, so that a task with a missing cell weighs as much as any other."""
    middle: Array = task_means(tables).mean(axis=-1)
    return middle


def median(tables: Array) -> Array:
    """Of the tasks' means."""
    middle: Array = np.median(task_means(tables), axis=-1)
    return middle


def iqm(tables: Array) -> Array:
    """The interquartile mean: of the middle half of all cells, where each cell weighs the same."""
    ordered, count, cut = _ordered(tables)
    place = np.arange(ordered.shape[-1])
    kept = (place >= cut[..., None]) & (place < (count - cut)[..., None])
    return ratio(np.where(kept, ordered, 0.0).sum(axis=-1), (count - 2 * cut).astype(np.float64))


def optimality_gap(tables: Array, target: float = 1.0) -> Array:
    """How far the cells fall short of `target` in the mean; what lies beyond it earns nothing."""
    short = np.maximum(target - tables, 0.0)
    return ratio(np.nansum(short, axis=(-2, -1)), (~np.isnan(tables)).sum(axis=(-2, -1)).astype(np.float64))


def task_means(tables: Array) -> Array:
    return ratio(np.nansum(tables, axis=-1), (~np.isnan(tables)).sum(axis=-1).astype(np.float64))


def winsorised(tables: Array) -> Array:
    """Each cell's part in the IQM: its mean changes as the IQM does when cells change a little.

    Cells beyond the quartiles count as the quartile (Huber, Robust Statistics, 1981, §3.3).
    """
    ordered, count, cut = _ordered(tables)
    low = np.take_along_axis(ordered, cut[..., None], axis=-1)[..., None]
    high = np.take_along_axis(ordered, (count - cut - 1)[..., None], axis=-1)[..., None]
    share = (1 - 2 * cut / count)[..., None, None]
    parts: Array = np.clip(tables, low, high) / share
    return parts


def _ordered(tables: Array) -> tuple[Array, np.ndarray, np.ndarray]:
    """All cells of a table in ascending order, NaN last; how many there are, and how many to trim."""
    ordered = np.sort(tables.reshape(*tables.shape[:-2], -1), axis=-1)
    count = (~np.isnan(ordered)).sum(axis=-1)
    return ordered, count, (TRIMMED * count).astype(np.int64)
