"""Printed time against the time at which lines came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def clock_of(originals: Callable[[str], Any]) -> Callable[..., Any]:
    def make(lines: list[tuple[float, str]]) -> Any:
        times = iter([when for when, _ in lines])
        clock = originals("harness_clock").HarnessClock(lambda: next(times))
        for _, line in lines:
            text = (line + "\n").encode()
            clock.feed(text[:7])
            clock.feed(text[7:])
        return clock

    return make


RUN = [
    (100.0, "step:0/4 val_loss:10.0 train_time:0ms step_avg:nanms"),
    (101.0, "step:1/4 train_time:1000ms step_avg:1000.00ms"),
    (102.0, "step:2/4 train_time:2000ms step_avg:1000.00ms"),
    (109.0, "step:2/4 val_loss:9.0 train_time:2000ms step_avg:1000.00ms"),
    (110.0, "step:3/4 train_time:3000ms step_avg:1000.00ms"),
    (111.0, "step:4/4 train_time:4000ms step_avg:1000.00ms"),
    (115.0, "step:4/4 val_loss:3.0 train_time:4000ms step_avg:1000.00ms"),
]


def test_what_came_before_a_validation_does_not_count(clock_of: Callable[..., Any], originals: Any) -> None:
    rule = originals("printed").TimingRule
    assert clock_of(RUN).least_ms(rule.WARMED_UP) == 4000
    assert clock_of(RUN[:3]).least_ms(rule.WARMED_UP) == 0, "no validation, so nothing to compare"
    assert clock_of([(when, line) for when, line in RUN]).least_ms(rule.FROM_STEP_10) == 0


def test_a_listener_who_came_late_never_overstates(clock_of: Callable[..., Any], originals: Any) -> None:
    late = [(max(when, 110.5), line) for when, line in RUN]
    assert clock_of(late).least_ms(originals("printed").TimingRule.WARMED_UP) == 500


@pytest.mark.parametrize(
    ("printed", "least", "wall", "flagged"),
    [(4000, 4000, 20_000, False), (100_000, 104_000, 200_000, False), (90_000, 104_000, 200_000, True),
     (200_001, 0, 200_000, True), (0, 3000, 5000, False)],
)  # fmt: skip
def test_flags(originals: Any, printed: float, least: float, wall: float, flagged: bool) -> None:
    flags = originals("harness_clock").clock_flags(printed, least, wall)
    assert [flag.code for flag in flags] == ["printed_time_differs"] * flagged
