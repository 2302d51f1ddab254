"""One-sided tests: against known values, against enumeration, and against each other's limits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.one_sided import (
    fewest_for,
    mean_interval,
    needed,
    rejects,
    signed_ranks,
    t_test,
)

SLEEP = (1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4)
"""Student's own data (Biometrika 6, 1908): hours of sleep that a drug gained; t = 4.0621, 9 degrees."""


def test_students_own_example() -> None:
    assert t_test(SLEEP) == pytest.approx(0.00283289 / 2, rel=1e-5)
    assert t_test([-each for each in SLEEP]) == pytest.approx(1 - 0.00283289 / 2, rel=1e-7)
    around = mean_interval(SLEEP, 0.025)
    assert (around.low, around.high) == pytest.approx((0.7001142, 2.4598858), rel=1e-6)


@pytest.mark.parametrize(
    ("samples", "p"),
    [((), 1.0), ((5.0,), 1.0), ((2.0, 2.0, 2.0), 0.0), ((0.0, 0.0), 1.0), ((-1.0, -1.0), 1.0)],
)
def test_what_has_no_noise_or_no_number(samples: Sequence[float], p: float) -> None:
    assert t_test(samples) == p


def test_signed_ranks_by_the_tables() -> None:
    assert signed_ranks([1, 2, 3, 4, 5, 6, 7, 8]) == 1 / 256
    # Of 10 samples the sum of positive ranks is at least 50 in 5 of 1,024 cases (Wilcoxon's table: 5, 0.005).
    assert signed_ranks([-1, 2, 3, -4, 5, 6, 7, 8, 9, 10]) == 10 / 1024
    assert signed_ranks([]) == 1.0
    assert signed_ranks([0.0, 0.0]) == 1.0


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_signed_ranks_count_every_choice_of_signs(values: list[int]) -> None:
    """Ties and zeros included: equal sizes get the mean of their places."""
    sizes = sorted(abs(each) for each in values)
    rank = {size: 1 + sizes.index(size) + (sizes.count(size) - 1) / 2 for size in sizes}
    ranks = [rank[abs(each)] for each in values if each]
    reached = sum(rank[abs(each)] for each in values if each > 0)
    sums = [sum(itertools.compress(ranks, signs)) for signs in itertools.product((0, 1), repeat=len(ranks))]
    assert signed_ranks(values) == sum(each >= reached for each in sums) / len(sums)


def test_both_must_agree() -> None:
    steady = [1.0] * 7
    assert t_test(steady) == 0.0
    assert not rejects(steady, 0.004), "seven heads in a row are no wonder at that level"
    assert rejects([*steady, 1.0], 0.004)
    one_large_loss = [*[1.0] * 15, -40.0]
    assert signed_ranks(one_large_loss) < 0.004
    assert not rejects(one_large_loss, 0.004), "ranks alone are blind to sizes"


@pytest.mark.parametrize(("level", "count"), [(0.5, 1), (0.01, 7), (0.004, 8), (0.001, 10), (2**-9, 9)])
def test_the_fewest_that_ranks_can_pass(level: float, count: int) -> None:
    assert fewest_for(level) == count
    assert signed_ranks([1.0] * count) <= level
    assert count == 1 or signed_ranks([1.0] * (count - 1)) > level


def test_the_interval_excludes_zero_just_where_t_passes() -> None:
    for level in (0.0013, 0.0015):
        assert (mean_interval(SLEEP, level).low > 0) is (t_test(SLEEP) < level)
    assert mean_interval((3.0,), 0.01).low == -math.inf


def test_how_many_would_be_needed() -> None:
    assert needed([0.0, 2.0], 0.01) == 23, "√23 / √2 = 3.39: t of 22 degrees at 0.01 is 2.51, and 0.84 beyond"
    assert needed([1.0, 1.0, 1.0], 0.004) == 8, "without noise, what ranks ask for"
    assert needed([-1.0, 0.5], 0.01) is None, "the wrong way"
    assert needed([1.0], 0.01) is None
    assert needed([1.0, -0.99999] * 4, 0.01) is None, "more than anybody measures"
