from __future__ import annotations

import numpy as np
import pytest

from agentkit.statistics.curve_band import CurveBand, curve_band
from agentkit.statistics.hierarchical_bootstrap import Tasks, hierarchical_interval
from agentkit.statistics.ratio import Array
from agentkit.statistics.score_table import ScoreTable


def band_of(tasks: list[Array], tasks_are: Tasks = "fixed", resamples: int = 1000) -> CurveBand:
    found = curve_band(tasks, tasks_are=tasks_are, resamples=resamples)
    assert found is not None
    return found


@pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
@pytest.mark.parametrize("runs", [(3, 3, 3, 3, 3), (2, 4, 3, 1, 5)])
def test_each_place_has_the_interval_that_a_figure_alone_has(runs: tuple[int, ...], tasks_are: Tasks) -> None:
    chance = np.random.default_rng(3)
    tasks = [chance.normal(chance.normal(), 0.5, (count, 2)) for count in runs]
    values = np.full((len(runs), max(runs)), np.nan)
    for place, task in enumerate(tasks):
        values[place, : len(task)] = task[:, 1]
    table = ScoreTable(tuple(map(str, runs)), values, 0)
    alone = hierarchical_interval(table, tasks_are=tasks_are, resamples=6000)
    assert alone is not None and alone.low is not None and alone.high is not None
    found = band_of(tasks, tasks_are, resamples=6000)
    assert found.values[1] == pytest.approx(alone.value)
    # Drawn by other random numbers, so equal but for what 6,000 resamples leave open.
    assert (found.high - found.low)[1] == pytest.approx(alone.high - alone.low, rel=0.08)


def test_it_covers_at_three_seeds() -> None:
    chance = np.random.default_rng(11)
    rates = chance.beta(0.5, 1, 19)
    held = []
    for _ in range(120):
        runs = np.where(chance.random((19, 3, 4)) < rates[:, None, None], chance.beta(2, 2, (19, 3, 4)), 0.0)
        band = band_of(list(runs), resamples=200)
        held.append((band.low <= rates.mean() / 2) & (rates.mean() / 2 <= band.high))
    assert 0.915 <= np.mean(held) <= 0.99


def test_places_without_scatter_have_no_interval_and_others_keep_theirs() -> None:
    band = band_of([np.array([[0.0, 1.0], [0.0, 2.0]]), np.array([[0.0, 4.0], [0.0, 2.0]])])
    assert band.values.tolist() == [0.0, 2.25]
    assert np.isnan([band.low[0], band.high[0]]).all()
    assert band.low[1] < 2.25 < band.high[1]


def test_noise_that_is_not_known_is_not_said() -> None:
    assert np.isnan(band_of([np.array([[1.0]]), np.array([[2.0]])]).low).all()
    assert np.isnan(band_of([np.array([[1.0], [2.0]])], "sampled").low).all()
    assert curve_band([]) is None
    with pytest.raises(ValueError, match="without a run"):
        curve_band([np.empty((0, 3))])


def test_many_runs_are_drawn_in_pieces_and_the_result_is_the_same() -> None:
    """A thousand runs take more than one batch and many pieces of a product."""
    runs = np.random.default_rng(5).normal(0, 1, (3000, 2))
    band = band_of([runs], resamples=2000)
    assert (band.high - band.low)[0] / 2 == pytest.approx(1.96 / np.sqrt(3000), rel=0.1)
