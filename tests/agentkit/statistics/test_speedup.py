"""One figure from many ratios: what carries it, and what cannot."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.speedup import geometric_mean, speedup_of

RATIOS = st.lists(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6), min_size=1, max_size=3)


def test_sizes_count_alike_and_by_their_medians() -> None:
    found = speedup_of([[2.0, 2.0, 900.0], [8.0]], seed=1)
    assert found.value == pytest.approx(4.0)


@given(RATIOS, st.integers(0, 99))
def test_the_interval_holds_the_value(sizes: list[list[float]], seed: int) -> None:
    found = speedup_of(sizes, seed)
    assert 0 < found.low <= found.value * (1 + 1e-12)
    assert found.value <= found.high * (1 + 1e-12)
    assert 1e-3 * (1 - 1e-9) <= found.value <= 1e3 * (1 + 1e-9)


def test_a_vanishing_time_cannot_carry_the_whole() -> None:
    """A product of tiny times underflows to the best score there is; here each ratio has its bounds."""
    found = speedup_of([[1e-300] * 5, [1.0] * 5], seed=1)
    assert found.value == pytest.approx(math.sqrt(1e-3))
    assert geometric_mean([1e-200, 1e-300]) == pytest.approx(1e-250)


def test_the_interval_covers_the_truth() -> None:
    chance = random.Random(5)
    held = 0
    for trial in range(60):
        sizes = [[2.0 * math.exp(chance.gauss(0, 0.2)) for _ in range(15)] for _ in range(2)]
        found = speedup_of(sizes, trial)
        held += found.low <= 2.0 <= found.high
    assert held >= 50


@pytest.mark.parametrize("sizes", [[], [[]], [[1.0], []], [[0.0]], [[-1.0]], [[math.nan]]])
def test_what_is_no_ratio_is_refused(sizes: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="ratio"):
        speedup_of(sizes, 1)
