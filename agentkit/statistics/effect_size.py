"""How large a difference is, in units of chance and of noise."""

from __future__ import annotations

import math

import numpy as np

from agentkit.statistics.ratio import Array
from agentkit.statistics.score_table import ScoreTable


def probability_of_improvement(first: ScoreTable, second: ScoreTable) -> float | None:
    """That a run of the first beats one of the second on a task, ties by half, over the tasks both have.

    Mann & Whitney's U by task (1947), as rliable has it. None without a common task.
    """
    chances = [float(np.mean((a[:, None] > b) + 0.5 * (a[:, None] == b))) for a, b in _common(first, second)]
    return float(np.mean(chances)) if chances else None


def cliffs_delta(first: ScoreTable, second: ScoreTable) -> float | None:
    """From −1 to 1 (Cliff, 1993): the chance that the first is better minus that it is worse."""
    chance = probability_of_improvement(first, second)
    return None if chance is None else 2 * chance - 1


def standardised_difference(first: ScoreTable, second: ScoreTable) -> float | None:
    """Hedges' g (1981): the difference of the means in standard deviations of repetitions within a task.

    Over the tasks both have; None where no task has noise that is known, or there is none at all.
    """
    common = _common(first, second)
    gaps = [a.mean() - b.mean() for a, b in common]
    groups = [each for pair in common for each in pair]
    freedom = sum(len(each) - 1 for each in groups)
    squares = sum(float(((each - each.mean()) ** 2).sum()) for each in groups)
    if not freedom or not squares:
        return None
    # The sample's deviation is too small in the mean, the more so the fewer there are.
    bias = 1 - 3 / (4 * freedom - 1)
    return float(np.mean(gaps)) / math.sqrt(squares / freedom) * bias


def _common(first: ScoreTable, second: ScoreTable) -> list[tuple[Array, Array]]:
    """Both tables' scores of each task that both have."""
    other = dict(zip(second.tasks, second.values, strict=True))
    return [
        (_kept(row), _kept(other[task]))
        for task, row in zip(first.tasks, first.values, strict=True)
        if task in other
    ]


def _kept(row: Array) -> Array:
    return row[~np.isnan(row)]
