from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.series import mean, median, standard_deviation, standard_error, variance

FIGURES = st.floats(-1e6, 1e6)


def test_known_figures() -> None:
    series = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]
    assert mean(series) == 5.0
    assert median(series) == 4.5
    assert variance(series) == pytest.approx(32 / 7)
    assert standard_deviation(series) == pytest.approx(math.sqrt(32 / 7))
    assert standard_error(series) == pytest.approx(math.sqrt(32 / 7 / 8))


def test_what_an_empty_series_cannot_say_is_none() -> None:
    assert (mean([]), median([]), standard_deviation([]), standard_error([])) == (None, None, None, None)


def test_one_measurement_has_a_mean_and_no_scatter() -> None:
    assert (mean([3.0]), median([3.0])) == (3.0, 3.0)
    assert (variance([3.0]), standard_deviation([3.0]), standard_error([3.0])) == (None, None, None)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    for figure in (mean, median, standard_deviation, standard_error):
        with pytest.raises(ValueError, match="not a measurement"):
            figure([1.0, bad, 2.0])


@given(FIGURES, st.integers(2, 9))
def test_equal_measurements_have_exactly_no_scatter(value: float, count: int) -> None:
    series = [value] * count
    assert (mean(series), standard_deviation(series), standard_error(series)) == (value, 0.0, 0.0)


@given(st.lists(FIGURES, min_size=2, max_size=12), FIGURES)
def test_order_and_origin_do_not_matter_to_the_scatter(series: list[float], by: float) -> None:
    spread = standard_deviation(series)
    assert spread is not None
    assert standard_deviation(sorted(series)) == spread
    moved = standard_deviation([value + by for value in series])
    assert moved == pytest.approx(spread, rel=1e-6, abs=1e-6)
    middle = mean(series)
    assert middle is not None and min(series) <= middle <= max(series)
