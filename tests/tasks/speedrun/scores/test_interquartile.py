"""The interquartile mean; expected values are those of scipy.stats.trim_mean(values, 0.25), scipy 1.17."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0], 5.0),
        ([0.0, 1.0, 8.0], 3.0),  # a quarter of three is no whole value: nothing is cut
        ([9.0, 1.0, 2.0, 4.0], 3.0),
        ([0.0, 0.0, 0.5, 1.0, 1.0, 7.0, 0.25], 0.55),  # ⌊7/4⌋ = 1 at either end
        ([0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 50.0, 60.0], 1.5),
    ],
)
def test_a_quarter_of_the_values_is_cut_at_either_end(
    module: Callable[[str], Any], values: list[float], expected: float
) -> None:
    assert module("scores.interquartile").interquartile_mean(values) == pytest.approx(expected)


@given(st.lists(st.floats(-5, 5), min_size=4), st.randoms())
def test_neither_order_nor_one_extreme_matters(
    module: Callable[[str], Any], values: list[float], random: Any
) -> None:
    mean = module("scores.interquartile").interquartile_mean
    shuffled = random.sample(values, len(values))
    assert mean(shuffled) == mean(values)
    highest = max(range(len(values)), key=values.__getitem__)
    assert mean([*values[:highest], 1e6, *values[highest + 1 :]]) == mean(values)
