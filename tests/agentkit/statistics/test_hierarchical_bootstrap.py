import math

import numpy as np
import pytest

from agentkit.statistics import hierarchical_bootstrap
from agentkit.statistics.hierarchical_bootstrap import (
    Name,
    TableEstimate,
    Tasks,
    hierarchical_interval,
    resampled,
    standard_error,
)
from agentkit.statistics.ratio import Array
from agentkit.statistics.score_table import ScoreTable, score_table


def table_of(values: Array) -> ScoreTable:
    missing = int(np.isnan(values).sum())
    return ScoreTable(tuple(f"task{number}" for number in range(len(values))), values, missing)


def bounds(found: TableEstimate | None) -> tuple[float, float]:
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def coverage(name: Name, tasks_are: Tasks, holes: float = 0.0) -> float:
    """Of 19 tasks × 3 seeds, in 250 worlds: scores that are mostly zero, as fractions of a speed-up are."""
    chance = np.random.default_rng(13)
    held = 0
    for sweep in range(250):
        rates = chance.beta(0.5, 1, 19)
        values = np.where(chance.random((19, 3)) < rates[:, None], chance.beta(2, 2, (19, 3)), 0.0)
        values[:, 1:][chance.random((19, 2)) < holes] = math.nan
        truth = float(rates.mean()) / 2 if tasks_are == "fixed" else 0.5 / 1.5 / 2
        found = hierarchical_interval(table_of(values), name, tasks_are=tasks_are, resamples=150, seed=sweep)
        low, high = bounds(found)
        held += low <= truth <= high
    return held / 250


@pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
def test_it_covers_at_three_seeds(tasks_are: Tasks) -> None:
    """The plain bootstrap covers 85 of 100 here; benchmarks/interval_coverage.py has more worlds."""
    assert 0.915 <= coverage("mean", tasks_are) <= 0.99


def test_it_covers_where_cells_are_missing() -> None:
    assert 0.91 <= coverage("mean", "fixed", holes=0.3) <= 0.99


@pytest.mark.parametrize("name", ["mean", "iqm"])
@pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
def test_it_knows_the_noise(name: Name, tasks_are: Tasks) -> None:
    """The standard error is the scatter of the figure over many sweeps of the same world."""
    chance = np.random.default_rng(21)
    figures, errors = [], []
    middles = chance.normal(0, 1, 40)
    for _ in range(300):
        if tasks_are == "sampled":
            middles = chance.normal(0, 1, 40)
        table = table_of(middles[:, None] + chance.normal(0, 0.7, (40, 3)))
        figures.append(float(hierarchical_bootstrap.FIGURES[name].of(table.values)))
        errors.append(standard_error(table, name, tasks_are) or math.nan)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(figures), rel=0.2)


def test_what_it_rests_on_is_beside_it() -> None:
    cells = {("a", 0): 1.0, ("a", 1): 2.0, ("b", 0): 3.0, ("b", 1): None, ("c", 0): None}
    found = hierarchical_interval(score_table(cells))
    assert found is not None
    assert found.value == pytest.approx((1.5 + 3.0) / 2)
    assert (found.tasks, found.cells, found.missing, found.empty_tasks) == (2, 3, 2, 1)


def test_noise_that_is_not_known_is_no_interval_of_width_zero() -> None:
    for values, tasks_are, why in (
        ([[1.0], [2.0]], "fixed", "no task has two repetitions"),
        ([[1.0, 1.0], [2.0, 2.0]], "fixed", "no scatter"),
        ([[1.0, 2.0]], "sampled", "one task"),
    ):
        found = hierarchical_interval(table_of(np.array(values)), tasks_are=tasks_are)  # type: ignore[arg-type]
        assert found is not None
        assert (found.low, found.high) == (None, None)
        assert why in found.note
    assert hierarchical_interval(score_table({})) is None
    assert standard_error(score_table({})) is None
    # One run of each task says what tasks scatter by.
    low, high = bounds(hierarchical_interval(table_of(np.array([[1.0], [2.0], [4.0]])), tasks_are="sampled"))
    assert low < 7 / 3 < high


def test_a_resample_keeps_each_tasks_count() -> None:
    values = np.array([[1.0, 2.0, 3.0], [10.0, math.nan, 12.0], [100.0, math.nan, math.nan]])
    drawn = resampled(values, "fixed", 300, np.random.default_rng(0))
    assert (~np.isnan(drawn)).sum(axis=2).tolist() == [[3, 2, 1]] * 300
    assert set(drawn[:, 0].ravel()) == {1.0, 2.0, 3.0}
    # The task that was run once is given the noise of the others.
    assert set(drawn[:, 2, 0]) == {99.0, 100.0, 101.0}
    sampled = resampled(values, "sampled", 300, np.random.default_rng(0))
    assert set(sampled[~np.isnan(sampled)]) == {1.0, 2.0, 3.0, 10.0, 12.0, 100.0}


def test_the_seed_decides_and_batches_hold_all(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(np.random.default_rng(2).normal(size=(6, 3)))
    whole = bounds(hierarchical_interval(table, seed=4))
    assert whole == bounds(hierarchical_interval(table, seed=4))
    assert whole != bounds(hierarchical_interval(table, seed=5))
    monkeypatch.setattr(hierarchical_bootstrap, "BATCH_CELLS", 700)
    assert bounds(hierarchical_interval(table, seed=4)) == pytest.approx(whole, rel=0.2)
