"""Control, Scaling and Performance: worked out by hand, and as the definitions say."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import module

measures = module("s1_mini.measures")
COUNT = 20
points = st.builds(
    lambda right, within, thought: measures.Point("x", "forcing", COUNT, right, within, thought),
    st.integers(0, COUNT),
    st.integers(0, COUNT),
    st.integers(0, 24 * COUNT),
)


def test_by_hand() -> None:
    # 2, 4 and 8 tokens on average; 50, 70 and 70 % right.
    three = [
        measures.Point("x", "forcing", 10, right, 10, 10 * mean) for right, mean in ((5, 2), (7, 4), (7, 8))
    ]
    assert measures.scaling(three) == pytest.approx((0.2 / 2 + 0.2 / 6 + 0.0) / 3)
    assert measures.performance(three) == 0.7
    half = measures.Point("x", "forcing", 10, 5, 0, 20)
    assert measures.control([half, *three]) == 0.75


def test_settings_that_do_not_differ_make_no_pair() -> None:
    same = measures.Point("x", "truncation", 3, 1, 3, 7)
    assert measures.scaling([same, same, same]) == 0.0
    further = measures.Point("x", "truncation", 3, 2, 3, 10)
    assert measures.scaling([same, same, further]) == pytest.approx((1 / 3) / 1)


@given(st.lists(points, min_size=1, max_size=6))
def test_as_the_definitions_say(some: list[Any]) -> None:
    slopes = [
        (b.accuracy - a.accuracy) / (b.tokens - a.tokens)
        for a, b in combinations(some, 2)
        if a.tokens != b.tokens
    ]
    assert measures.scaling(some) == pytest.approx(sum(slopes) / len(slopes) if slopes else 0.0)
    assert measures.scaling(list(reversed(some))) == pytest.approx(measures.scaling(some))
    assert 0 <= measures.control(some) <= 1
    assert measures.performance(some) == max(each.right for each in some) / COUNT
