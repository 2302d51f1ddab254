from __future__ import annotations

import math
import random

import pytest

from agentkit.statistics.median_interval import lower_rank, median_interval


@pytest.mark.parametrize(("count", "rank"), [(5, 0), (6, 1), (10, 2), (25, 8), (100, 40), (200, 86)])
def test_ranks_are_those_of_the_published_table(count: int, rank: int) -> None:
    """Of the sign test at 95 %, as in Conover's table."""
    assert lower_rank(count, 0.95) == rank


def test_an_empty_series_has_none_and_a_short_one_no_ends() -> None:
    assert median_interval([]) is None
    short = median_interval([3.0, 1.0, 2.0])
    assert short is not None
    assert (short.median, short.low, short.high) == (2.0, -math.inf, math.inf)


def test_it_covers_as_often_as_it_says_whatever_the_noise() -> None:
    rng, covered = random.Random(1), 0
    for _ in range(1000):
        found = median_interval([rng.expovariate(1.0) ** 3 for _ in range(21)])
        assert found is not None
        covered += found.low <= math.log(2.0) ** 3 <= found.high
    assert covered > 935
