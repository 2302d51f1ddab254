from __future__ import annotations

import math

import pytest

from agentkit.runs.reports.section import say_amount, say_bounds, say_estimate, say_runs, say_score


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.625, "0.62"), (-0.5, "−0.50"), (-0.001, "0.00"), (None, "–"), (math.nan, "–"), (math.inf, "–")],
)
def test_a_score(value: float | None, said: str) -> None:
    assert say_score(value) == said


def test_an_interval_is_said_whole_or_not_at_all() -> None:
    assert say_bounds(-0.1, 0.25) == "−0.10 to 0.25"
    assert say_bounds(None, 0.25) == say_bounds(0.1, math.nan) == say_bounds(-math.inf, math.inf) == "–"
    assert say_estimate(0.2, 0.1, 0.3) == "0.20 (0.10 to 0.30)"
    assert say_estimate(0.2, None, None) == "0.20"


def test_counts_and_amounts() -> None:
    assert say_runs(1500, 2) == "n = 1,500, 2 missing"
    assert say_runs(3, 0) == "n = 3"
    assert [say_amount(each) for each in (20.0, 0.12345, 1340.4)] == ["20", "0.123", "1,340"]
