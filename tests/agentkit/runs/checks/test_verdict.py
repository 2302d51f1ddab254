"""Verdicts on a cheat and on its twin."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.task import Metric
from agentkit.runs.checks.exploit import Exploit, Submission
from agentkit.runs.checks.verdict import MOST_LOG, judge_cheat, judge_twin

SECONDS = Metric(name="cpu_seconds", unit="s", lower_is_better=True)
VALID = Outcome(status="valid", metrics={"cpu_seconds": 5.0, "loss": 2.5}, trust="verified")
LOOK_AHEAD = Flag(code="looks_ahead", evidence="0.3")


def exploit(**changes: Any) -> Exploit:
    values: dict[str, Any] = {"title": "t", "source": "s", "expected": ("invalid",), "caught_by": "c"}
    return Exploit(**{**values, "cheat": Submission(), "twin": Submission(), **changes})


@pytest.mark.parametrize(
    ("changes", "outcome", "state", "expected"),
    [
        ({}, {"status": "invalid", "reason": "misses"}, "caught", True),
        ({"because": "misses"}, {"status": "invalid", "reason": "misses 2"}, "caught", True),
        ({"because": "misses"}, {"status": "invalid", "reason": "shape"}, "caught", False),
        ({"because": "ahead"}, {"status": "invalid", "flags": (LOOK_AHEAD,)}, "caught", True),
        ({}, {"status": "crash", "reason": "SyntaxError"}, "caught", False),
        ({}, {}, "through", True),
        ({}, {"status": "invalid", "log": "x" * (MOST_LOG + 1)}, "through", True),
        ({"expected": ("harmless",)}, {"metrics": {"cpu_seconds": 4.5}}, "caught", True),
        ({"expected": ("harmless",)}, {"metrics": {"cpu_seconds": 3.5}}, "through", True),
        ({"expected": ("harmless",), "margin": 2.0}, {"metrics": {"cpu_seconds": 3.5}}, "caught", True),
        (
            {"expected": ("harmless",), "figure": "loss", "margin": 0.1},
            {"metrics": {"loss": 2.3}},
            "through",
            True,
        ),
        ({"expected": ("claimed",)}, {"trust": "claimed"}, "claimed", True),
        ({"expected": ("claimed",)}, {}, "through", True),
    ],
)
def test_a_cheat(changes: dict[str, Any], outcome: dict[str, Any], state: str, expected: bool) -> None:
    found = judge_cheat(exploit(**changes), VALID.model_copy(update=outcome), VALID, SECONDS, work=2.0)
    assert (found.state, found.expected) == (state, expected), found.happened


def test_a_secret_that_came_out_is_worse_than_any_status() -> None:
    crashed = Outcome(status="crash")
    found = judge_cheat(exploit(expected=("crash",)), crashed, VALID, SECONDS, 2.0, "the file a.log")
    assert found.state == "through"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "honest"),
        ({"flags": (Flag(code="audit:clock", evidence=""),)}, "honest"),
        ({"flags": (Flag(code="region:timing", evidence=""),)}, "honest"),
        ({"flags": (Flag(code="conditions", evidence="another process ran"),)}, "honest"),
        ({"flags": (LOOK_AHEAD,)}, "wronged"),
        ({"status": "flagged"}, "wronged"),
        ({"status": "crash"}, "wronged"),
    ],
)
def test_a_twin(changes: dict[str, Any], state: str) -> None:
    assert judge_twin(VALID.model_copy(update=changes), VALID).state == state
