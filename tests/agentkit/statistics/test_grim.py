from __future__ import annotations

import math
import os
import re
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.grim import grim_consistent

DATA = os.environ.get("AGENTKIT_JUDGE_DATA")

PUBLISHED = [
    *((figure, 100, 0) for figure in (0, 38, 15, 34, 31, 36, 38, 46)),
    (6.8, 100, 1),
    *((figure, 100, 1) for figure in (69.0, 68.0, 62.0, 39.0, 37.0, 29.0)),
    (6.7, 30, 1),
]
"""Accuracies of the two gold reports of End2End-Bench: percent, problems, decimals."""


def test_one_of_the_published_accuracies_cannot_be() -> None:
    assert [case for case in PUBLISHED if not grim_consistent(*case)] == [(6.8, 100, 1)]


@pytest.mark.skipif(not DATA, reason="AGENTKIT_JUDGE_DATA names no folder with the End2End-Bench reports")
def test_the_tables_of_the_s1_report_hold() -> None:
    assert DATA is not None
    report = Path(DATA, "end2end", "s1-simple-scaling-reasoning", "final_report", "final_report.md")
    best = [
        float(found) for found in re.findall(r"\| *([\d.]+)% *\|$", report.read_text(encoding="utf-8"), re.M)
    ]
    sizes = [100] * 3 + [30] * 3 + [100] * 3
    assert len(best) == 9
    assert [case for case in zip(best, sizes, strict=True) if not grim_consistent(*case, 1)] == []


@given(st.integers(1, 400), st.integers(0, 3), st.data())
def test_what_was_counted_is_consistent_however_it_was_rounded(
    n: int, decimals: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, n))
    share = Decimal(100 * k) / Decimal(n)
    for way in (ROUND_HALF_UP, ROUND_HALF_DOWN):
        written = share.quantize(Decimal(1).scaleb(-decimals), way)
        assert grim_consistent(float(written), n, decimals)


@given(st.integers(1, 60), st.integers(0, 2), st.integers(0, 10_000))
def test_it_agrees_with_trying_every_count(n: int, decimals: int, hundredths: int) -> None:
    written = Fraction(hundredths, 100)
    half = Fraction(1, 2 * 10**decimals)
    possible = any(abs(Fraction(100 * k, n) - written) <= half for k in range(n + 1))
    assert grim_consistent(hundredths / 100, n, decimals) is possible


def test_beyond_the_range_nothing_is_consistent() -> None:
    assert not grim_consistent(100.4, 3, 0)
    assert not grim_consistent(-0.4, 3, 0)


@pytest.mark.parametrize("case", [(50.0, 0, 0), (50.0, 3, -1), (math.nan, 3, 0), (math.inf, 3, 0)])
def test_a_test_that_makes_no_sense_is_refused(case: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match="no granularity test"):
        grim_consistent(*case)
