"""Bars: limits that a mean must meet."""

from __future__ import annotations

import math

import pytest

from agentkit.contracts.bar import Bar
from agentkit.contracts.outcome import Outcome


@pytest.mark.parametrize(
    ("lower", "value", "margin"),
    [
        (True, 2.25, 0.25),
        (True, 3.0, -0.5),
        (False, 3.0, 0.5),
        (True, math.inf, None),
        (True, math.nan, None),
    ],
)
def test_the_margin_is_positive_on_the_good_side(lower: bool, value: float, margin: float | None) -> None:
    bar = Bar(name="loss", limit=2.5, lower_is_better=lower)
    assert bar.margin(Outcome(status="invalid", metrics={"loss": value})) == margin


def test_a_figure_that_is_not_there_has_no_margin() -> None:
    assert Bar(name="loss", limit=2.5).margin(Outcome(status="crash")) is None
