"""rliable's interval: the percentile bootstrap over repetitions within each task (arXiv 2108.13264).

For comparison with published tables. With three repetitions it covers the truth 87 times of a hundred and not
95, since three values drawn again scatter by √(2/3) of what they should;
agentkit.statistics.hierarchical_bootstrap has ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from agentkit.statistics.cluster_bootstrap import percentile_interval
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.ratio import Array

BATCH = 2_000
"""Resamples held at once."""


def stratified_interval(
    table: Array,
    figure: Callable[[Array], Array],
    *,
    tasks_are: Tasks = "fixed",
    level: float = 0.95,
    resamples: int = 50_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Equal to rliable's to the last digits where numpy's global generator is seeded with `seed`.

    `table` is tasks × repetitions; tasks that are sampled are drawn again too, as its `task_bootstrap` does.
    ValueError for a missing cell, which rliable does not take either.
    """
    if np.isnan(table).any():
        raise ValueError("rliable's bootstrap takes no missing cells")
    drawn = _fixed(table, resamples, seed) if tasks_are == "fixed" else _sampled(table, resamples, seed)
    found = percentile_interval(np.concatenate([figure(each) for each in drawn]), level)
    assert found is not None
    return found


def _fixed(table: Array, resamples: int, seed: int) -> Iterator[Array]:
    """As rliable draws: places of repetitions × tasks, from the old generator."""
    tasks, repetitions = table.shape
    chance = np.random.RandomState(seed)
    for start in range(0, resamples, BATCH):
        size = (min(BATCH, resamples - start), repetitions, tasks)
        places = chance.choice(repetitions, size, replace=True).swapaxes(1, 2)
        yield table[np.arange(tasks)[None, :, None], places]


def _sampled(table: Array, resamples: int, seed: int) -> Iterator[Array]:
    """The tasks of a resample are drawn after its repetitions, so one resample comes after the other."""
    tasks, repetitions = table.shape
    chance = np.random.RandomState(seed)
    for start in range(0, resamples, BATCH):
        drawn = []
        for _ in range(min(BATCH, resamples - start)):
            places = chance.choice(repetitions, (repetitions, tasks), replace=True)
            rows = chance.choice(tasks, (1, tasks), replace=True)
            drawn.append(table[rows, places].T)
        yield np.stack(drawn)
