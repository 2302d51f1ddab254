from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.student import incomplete_beta, two_sided_quantile, two_sided_tail

# Printed tables of the t distribution (two-sided level, degrees of freedom).
TABLE = {
    (0.50, 7): 0.711142,
    (0.90, 1): 6.313752,
    (0.90, 5): 2.015048,
    (0.95, 1): 12.706205,
    (0.95, 2): 4.302653,
    (0.95, 3): 3.182446,
    (0.95, 4): 2.776445,
    (0.95, 5): 2.570582,
    (0.95, 8): 2.306004,
    (0.95, 10): 2.228139,
    (0.95, 30): 2.042272,
    (0.95, 120): 1.979930,
    (0.95, math.inf): 1.959964,
    (0.99, 1): 63.656741,
    (0.99, 2): 9.924843,
    (0.99, 10): 3.169273,
    (0.999, 5): 6.868827,
}


@pytest.mark.parametrize(("level", "freedom"), TABLE)
def test_quantiles_agree_with_printed_tables(level: float, freedom: float) -> None:
    assert two_sided_quantile(level, freedom) == pytest.approx(TABLE[level, freedom], abs=1e-6)


@given(st.floats(1e-6, 1 - 1e-9))
def test_one_and_two_degrees_of_freedom_have_closed_forms(level: float) -> None:
    outside = 1 - level
    assert two_sided_quantile(level, 1) == pytest.approx(1 / math.tan(math.pi * outside / 2), rel=1e-9)
    by_hand = level * math.sqrt(2 / (outside * (1 + level)))
    assert two_sided_quantile(level, 2) == pytest.approx(by_hand, rel=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.5, 1e7))
def test_the_tail_beyond_the_quantile_is_what_the_level_leaves(level: float, freedom: float) -> None:
    t = two_sided_quantile(level, freedom)
    assert two_sided_tail(t, freedom) == pytest.approx(1 - level, rel=1e-8)


@given(st.floats(0.01, 0.999), st.floats(0.5, 1e6), st.floats(1.01, 3))
def test_more_freedom_means_a_smaller_quantile(level: float, freedom: float, factor: float) -> None:
    fewer, more = two_sided_quantile(level, freedom), two_sided_quantile(level, freedom * factor)
    assert fewer >= more * (1 - 1e-12)
    assert more >= two_sided_quantile(level, math.inf) * (1 - 1e-12)


def test_the_two_ways_to_compute_meet() -> None:
    below, above = 1e5 - 1, 1e5
    for level in (0.5, 0.95, 0.999):
        apart = two_sided_quantile(level, below) - two_sided_quantile(level, above)
        assert abs(apart) < 1e-8
    assert two_sided_tail(2.0, below) == pytest.approx(two_sided_tail(2.0, above), abs=1e-8)


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0.001, 0.999))
def test_the_incomplete_beta_function_and_its_mirror_add_to_one(a: float, b: float, x: float) -> None:
    rest = 1 - x
    assert incomplete_beta(a, b, x, rest) + incomplete_beta(b, a, rest, x) == pytest.approx(1, abs=1e-10)


def test_the_ends_of_the_range() -> None:
    assert two_sided_tail(0.0, 4) == 1.0
    assert two_sided_tail(math.inf, 4) == 0.0
    assert incomplete_beta(2, 3, 0.0, 1.0) == 0.0


@pytest.mark.parametrize(("level", "freedom"), [(0.0, 3), (1.0, 3), (0.95, 0), (0.95, -1), (0.95, math.nan)])
def test_impossible_arguments_are_refused(level: float, freedom: float) -> None:
    with pytest.raises(ValueError):
        two_sided_quantile(level, freedom)


def test_a_negative_t_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        two_sided_tail(-1.0, 3)
