from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.paired import MEASURABLE_FROM, PairedGap, paired_gap


def test_a_clear_gap_is_measurable() -> None:
    gap = paired_gap([(20.0, 15.0), (22.0, 16.5), (19.0, 14.5)])
    assert gap.mean == pytest.approx(5.0)
    assert gap.standard_error == pytest.approx(0.5 / math.sqrt(3))
    assert gap.in_errors == pytest.approx(5.0 / (0.5 / math.sqrt(3)))
    assert gap.n == 3
    assert gap.measurable


def test_a_gap_within_its_noise_is_not() -> None:
    assert not paired_gap([(20.0, 15.0), (15.0, 20.0), (21.0, 18.0)]).measurable


def test_the_direction_belongs_to_the_metric() -> None:
    pairs = [(20.0, 15.0), (22.0, 16.5), (19.0, 14.5)]
    worse = paired_gap(pairs, lower_is_better=False)
    assert worse.mean == pytest.approx(-5.0)
    assert not worse.measurable
    turned = paired_gap([(target, start) for start, target in pairs], lower_is_better=False)
    assert turned == paired_gap(pairs)


def test_one_pair_or_none_cannot_be_called_measurable() -> None:
    one = paired_gap([(20.0, 5.0)])
    assert one == PairedGap(mean=15.0, standard_error=None, in_errors=None, n=1, measurable=False)
    none = paired_gap([])
    assert none == PairedGap(mean=None, standard_error=None, in_errors=None, n=0, measurable=False)


def test_without_any_scatter_the_sign_decides() -> None:
    assert paired_gap([(2.0, 1.0), (3.0, 2.0)]).in_errors == math.inf
    assert paired_gap([(2.0, 1.0), (3.0, 2.0)]).measurable
    assert paired_gap([(1.0, 2.0), (2.0, 3.0)]).in_errors == -math.inf
    flat = paired_gap([(1.0, 1.0), (2.0, 2.0)])
    assert (flat.in_errors, flat.measurable) == (0.0, False)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=2, max_size=8))
def test_what_moves_both_ends_of_a_pair_alike_does_not_count(pairs: list[tuple[int, int]]) -> None:
    moved = [(start + 7.0 * i, target + 7.0 * i) for i, (start, target) in enumerate(pairs)]
    assert paired_gap(moved) == paired_gap(pairs)


@given(st.floats(2.0, 4.0))
def test_the_line_is_at_three_standard_errors(errors: float) -> None:
    gap = paired_gap([(errors + 1, 0.0), (errors - 1, 0.0)])
    assert gap.standard_error == pytest.approx(1.0)
    if abs(errors - MEASURABLE_FROM) > 1e-9:
        assert gap.measurable is (errors > MEASURABLE_FROM)
