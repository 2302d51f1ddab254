from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentkit.cli.figures import (
    first_line,
    printable,
    say_clock,
    say_count,
    say_dollars,
    say_interval,
    say_metrics,
    say_number,
    say_seconds,
    say_share,
    shorten,
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (18.24, "18.2 s"),
        (99.96, "1 min 40 s"),
        (185.4, "3 min 05 s"),
        (7440, "2 h 04 min"),
        (math.nan, "unknown"),
        (-1.0, "unknown"),
    ],
)
def test_seconds(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.3149, "2.31"), (0.01234, "0.0123"), (1200, "1200"), (1234.5, "1234"), (1.5e-7, "1.50e-07")],
)
def test_numbers_have_three_digits(value: float, said: str) -> None:
    assert say_number(value) == said


@given(some.floats())
def test_every_number_can_be_said(value: float) -> None:
    assert 0 < len(say_number(value)) < 20


@given(some.floats(min_value=1e-2, max_value=1e5))
def test_a_said_number_is_near_the_number(value: float) -> None:
    assert float(say_number(value)) == pytest.approx(value, rel=0.006)


def test_clock_money_share_and_counts() -> None:
    assert (say_clock(102), say_clock(7450)) == ("1:42", "2:04:10")
    assert (say_dollars(None), say_dollars(0.0), say_dollars(0.004)) == (
        "price unknown",
        "$0.00",
        "under $0.01",
    )
    assert (say_share(0.806), say_share(None), say_interval(0.7, 0.93)) == ("81 %", "–", "70 … 93 %")
    assert (say_count(1, "attempt"), say_count(2000, "token")) == ("1 attempt", "2,000 tokens")


def test_metrics_say_times_as_times() -> None:
    metrics = {"cpu_seconds": 18.2, "loss": 2.31, "train_seconds": 200.0, "seed": 1.0}
    assert say_metrics(metrics) == "18.2 s CPU, loss 2.31, 3 min 20 s train"
    assert say_metrics({}) == ""


@given(some.text(), some.integers(1, 60))
def test_shortened_text_is_one_line_that_fits(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width
    assert "\n" not in short


def test_first_line_skips_empty_ones() -> None:
    assert first_line("\n\n  why \nmore") == "why"
    assert first_line("") == ""


@given(some.text())
def test_no_control_code_is_printed(text: str) -> None:
    clean = printable(text)
    assert len(clean) == len(text)
    assert "\x1b" not in clean and "\r" not in clean
