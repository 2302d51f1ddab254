from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.step_curve import best_so_far

SCORES = st.none() | st.floats(-3, 3)
RUNS = st.lists(st.tuples(st.floats(0, 50), SCORES), max_size=12)


def spent_and_scores(run: list[tuple[float, float | None]]) -> tuple[list[float], list[float | None]]:
    return np.cumsum([cost for cost, _ in run]).tolist(), [score for _, score in run]


@given(RUNS, st.lists(st.floats(0, 700), min_size=1))
def test_it_is_the_best_that_was_paid_for_until_then(
    run: list[tuple[float, float | None]], grid: list[float]
) -> None:
    spent, scores = spent_and_scores(run)
    found = best_so_far(spent, scores).on(np.array(grid))
    for place, value in zip(grid, found, strict=True):
        had = [
            score for cost, score in zip(spent, scores, strict=True) if cost <= place and score is not None
        ]
        assert value == max([0.0, *had])


@given(RUNS, st.floats(0.1, 400))
def test_the_area_is_the_mean_height(run: list[tuple[float, float | None]], horizon: float) -> None:
    spent, scores = spent_and_scores(run)
    curve = best_so_far(spent, scores)
    fine = np.linspace(0, horizon, 4_001)
    heights = curve.on(fine)
    assert curve.area(horizon) == pytest.approx(float(heights[:-1].mean()), abs=12 * 3 / 4_000 + 1e-9)
    assert heights.min() - 1e-9 <= curve.area(horizon) <= heights.max() + 1e-9


def test_a_run_without_a_valid_attempt_is_flat_at_its_start() -> None:
    curve = best_so_far([1.0, 2.0], [None, None])
    assert curve.area(5.0) == 0.0
    assert curve.end == 2.0
    assert best_so_far([], []).end == 0.0


@pytest.mark.parametrize("spent", [[2.0, 1.0], [float("inf")], [float("nan")], [-1.0]])
def test_what_was_spent_never_falls(spent: list[float]) -> None:
    with pytest.raises(ValueError, match="never falls"):
        best_so_far(spent, [None] * len(spent))
