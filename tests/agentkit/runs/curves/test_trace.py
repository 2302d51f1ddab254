from __future__ import annotations

from random import Random

import numpy as np
import pytest

from agentkit.contracts.attempt import Cost
from agentkit.contracts.summary import BudgetUse
from agentkit.runs.curves.trace import clock, trace_of
from tests.agentkit.runs.reports.written_runs import attempt, summary

THREE = [
    attempt(
        "t", Random(0), 1, 0.0, status="valid", fsr=0.2, seconds=60.0, cost=Cost(dollars=0.5, seconds=30.0)
    ),
    attempt("t", Random(0), 2, 0.0, status="flagged", fsr=0.9, seconds=30.0, cost=Cost(dollars=0.25)),
    attempt("t", Random(0), 3, 0.0, status="valid", fsr=0.5, seconds=60.0, cost=Cost(gpu_seconds=480.0)),
]


def test_a_score_is_had_when_its_attempt_was_paid_for() -> None:
    curves = trace_of(summary(THREE)).curves
    ends = {axis: curve.end for axis, curve in curves.items()}
    assert ends == {
        "attempts": 3, "gpu_seconds": 480, "evaluation_seconds": 150, "dollars": 0.75,
        "minutes": pytest.approx(3),
    }  # fmt: skip
    assert curves["attempts"].on(np.arange(4.0)).tolist() == [0, 0.2, 0.2, 0.5]
    assert curves["dollars"].on(np.array([0.49, 0.5, 0.75])).tolist() == [0, 0.2, 0.5]
    assert curves["minutes"].on(np.array([1.4, 1.6, 2.9, 3.0])).tolist() == pytest.approx([0, 0.2, 0.2, 0.5])


def test_what_broke_the_rules_is_no_score() -> None:
    assert trace_of(summary(THREE[:2])).curves["attempts"].on(np.array([2.0])).tolist() == [0.2]


def test_an_unknown_price_is_no_price() -> None:
    unpriced = attempt("t", Random(0), 4, 0.0, cost=Cost(dollars=None))
    assert "dollars" not in trace_of(summary([*THREE, unpriced])).curves


def test_attempts_that_overlapped_end_when_the_run_did() -> None:
    assert clock(THREE, 1.5) == pytest.approx([0.75, 1.0, 1.5])
    assert clock(THREE, 10.0) == pytest.approx([1.5, 2.0, 3.0])
    assert clock([], 1.0) == []


def test_only_caps_that_were_set_are_caps() -> None:
    use = BudgetUse(attempts=3, tokens=0, dollars=0.75, minutes=3.0, caps={"attempts": 5.0, "dollars": None})
    assert trace_of(summary(THREE, budget=use)).caps == {"attempts": 5.0}
