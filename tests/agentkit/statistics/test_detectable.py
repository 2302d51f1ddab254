import math

import numpy as np
import pytest

from agentkit.statistics.detectable import detectable_difference
from agentkit.statistics.score_table import score_table
from tests.agentkit.statistics.test_hierarchical_bootstrap import table_of


def simulated_power(difference: float, tasks: int, scatter: float, freedom_lost: int = 1) -> float:
    """Of the t test on `tasks` differences with that scatter, in 20,000 sweeps."""
    chance = np.random.default_rng(3)
    drawn = chance.normal(difference, scatter, (20_000, tasks))
    t = drawn.mean(axis=1) / (drawn.std(axis=1, ddof=1) / math.sqrt(tasks))
    return float((np.abs(t) > 2.2621571628).mean())


def test_what_could_be_seen_is_seen_four_times_of_five() -> None:
    """10 tasks with one run each, taken as sampled: a plain t test with 9 degrees of freedom."""
    values = np.random.default_rng(1).normal(0, 1, (10, 1))
    smallest = detectable_difference(table_of(values), tasks_are="sampled")
    assert smallest is not None
    assert simulated_power(smallest, 10, float(values.std(ddof=1))) == pytest.approx(0.8, abs=0.03)


def test_more_repetitions_show_smaller_differences() -> None:
    table = table_of(np.random.default_rng(2).normal(0, 1, (19, 3)))
    now, later = detectable_difference(table), detectable_difference(table, repetitions=12)
    assert now is not None
    assert later is not None
    assert later == pytest.approx(now / 2, rel=0.03)
    assert detectable_difference(table, repetitions=3) == pytest.approx(now)
    # Among sampled tasks the scatter between them stays.
    spread = table_of(table.values + 3 * np.arange(19)[:, None])
    many = detectable_difference(spread, tasks_are="sampled", repetitions=1000)
    few = detectable_difference(spread, tasks_are="sampled")
    assert many is not None
    assert few is not None
    assert many == pytest.approx(few, rel=0.05)


def test_missing_cells_cost() -> None:
    values = np.random.default_rng(2).normal(0, 1, (19, 3))
    full = detectable_difference(table_of(values))
    values[:10, 1:] = math.nan
    holed = detectable_difference(table_of(values))
    assert full is not None
    assert holed is not None
    assert holed > 1.1 * full


def test_noise_that_is_not_known_says_nothing() -> None:
    assert detectable_difference(score_table({})) is None
    assert detectable_difference(table_of(np.array([[1.0], [2.0]]))) is None
    assert detectable_difference(table_of(np.array([[1.0, 2.0]])), tasks_are="sampled") is None
    with pytest.raises(ValueError, match="power"):
        detectable_difference(table_of(np.array([[1.0, 2.0]])), power=0.3)
