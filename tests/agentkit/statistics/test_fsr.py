from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentkit.contracts.calibration import Estimate
from agentkit.statistics.fsr import explain_fraction, fraction_recovered
from agentkit.statistics.student import two_sided_quantile

START = [20.1, 19.8, 20.3]
TARGET = [15.2, 14.7, 15.1]
Series = tuple[list[float], list[float], list[float]]
NOISE = st.lists(st.floats(-1, 1), min_size=2, max_size=6)


@st.composite
def drawn(draw: st.DrawFn) -> Series:
    """Start about 20, target about 15, a candidate near them; as many starts as targets."""
    noise, count = draw(NOISE), draw(st.integers(2, 6))
    ends = st.lists(st.floats(-1, 1), min_size=count, max_size=count)
    middle = 20 - 5 * draw(st.floats(-1, 2))
    start, target = [20 + each for each in draw(ends)], [15 + each for each in draw(ends)]
    return start, target, [middle + each for each in noise]


def estimated(
    start: Sequence[float],
    target: Sequence[float],
    candidate: Sequence[float],
    *,
    level: float = 0.95,
    paired: bool = False,
) -> Estimate:
    estimate = fraction_recovered(start, target, candidate, level=level, paired=paired)
    assert estimate is not None
    return estimate


def test_the_start_scores_nought_and_the_target_one() -> None:
    nop, oracle = estimated(START, TARGET, START), estimated(START, TARGET, TARGET)
    assert nop.value == pytest.approx(0.0)
    assert oracle.value == pytest.approx(1.0)
    assert nop.low < 0 < nop.high
    assert oracle.low < 1 < oracle.high


def test_a_candidate_slower_than_the_start_or_faster_than_the_target_is_not_clipped() -> None:
    assert estimated(START, TARGET, [25.0, 25.2]).value < -0.9
    assert estimated(START, TARGET, [10.0, 10.1]).value > 1.9


def test_a_metric_where_higher_is_better() -> None:
    down = fraction_recovered(START, TARGET, [17.0, 17.5, 16.9])
    up = fraction_recovered(
        [-value for value in START],
        [-value for value in TARGET],
        [-17.0, -17.5, -16.9],
        lower_is_better=False,
    )
    assert up == down


@pytest.mark.parametrize(
    ("start", "target", "candidate", "note"),
    [
        (TARGET, START, [16.0, 16.1], "not better"),
        (START, START, [16.0, 16.1], "not better"),
        ([], TARGET, [16.0], "of the start"),
        (START, [], [16.0], "of the target"),
        (START, TARGET, [], "of the candidate"),
    ],
)
def test_where_there_is_no_fraction_the_reason_is_said(
    start: list[float], target: list[float], candidate: list[float], note: str
) -> None:
    told = explain_fraction(start, target, candidate)
    assert told.estimate is None
    assert note in told.note


def test_an_end_measured_once_leaves_the_interval_open() -> None:
    told = explain_fraction([20.0], [15.0], [16.0, 16.1], paired=True)
    assert told.estimate is not None
    assert told.estimate.value == pytest.approx((20.0 - 16.05) / 5.0)
    assert (told.estimate.low, told.estimate.high) == (-math.inf, math.inf)
    assert "once" in told.note


def test_a_gap_within_its_noise_leaves_the_interval_open() -> None:
    told = explain_fraction([20.0, 15.0, 18.0], [17.0, 19.0, 14.0], [16.0, 16.1])
    assert told.estimate is not None
    assert (told.estimate.low, told.estimate.high) == (-math.inf, math.inf)
    assert "noise" in told.note


def test_one_candidate_measurement_borrows_the_scatter_of_the_ends_and_says_so() -> None:
    once = explain_fraction(START, TARGET, [16.0], paired=True)
    thrice = explain_fraction(START, TARGET, [15.9, 16.0, 16.1], paired=True)
    assert once.estimate is not None and thrice.estimate is not None
    assert "once" in once.note and thrice.note == ""
    assert once.estimate.n == 1
    assert -math.inf < once.estimate.low < thrice.estimate.low
    assert math.inf > once.estimate.high > thrice.estimate.high


def test_only_a_bounded_interval_is_handed_on() -> None:
    told = explain_fraction(START, TARGET, [16.0, 16.1], paired=True)
    assert told.estimate is not None
    assert told.interval == (told.estimate.low, told.estimate.high)
    assert explain_fraction([20.0], [15.0], [16.0, 16.1], paired=True).interval is None
    assert explain_fraction(TARGET, START, [16.0, 16.1]).interval is None


def test_pairs_need_equal_counts() -> None:
    with pytest.raises(ValueError, match="as many starts as targets"):
        fraction_recovered(START, TARGET[:2], [16.0], paired=True)


def test_noise_that_both_ends_of_a_pair_share_does_not_blur_the_gap() -> None:
    shared = [0.0, 4.0, -4.0]
    start = [value + both for value, both in zip(START, shared, strict=True)]
    target = [value + both for value, both in zip(TARGET, shared, strict=True)]
    candidate = [17.5, 17.6, 17.4]
    assert math.isfinite(estimated(start, target, candidate, paired=True).low)
    assert estimated(start, target, candidate).low == -math.inf


def test_without_any_noise_the_interval_is_the_value() -> None:
    exact = estimated([20.0, 20.0], [15.0, 15.0], [16.0, 16.0], paired=True)
    assert (exact.low, exact.value, exact.high) == (0.8, 0.8, 0.8)


def test_the_interval_by_hand() -> None:
    # Only the candidate is noisy, so the interval is its own t interval on the scale of the gap.
    interval = estimated([20.0, 20.0, 20.0], [15.0, 15.0, 15.0], [16.0, 17.0, 18.0])
    half = two_sided_quantile(0.95, 2) * math.sqrt(1 / 3) / 5
    assert interval.low == pytest.approx(0.6 - half)
    assert interval.high == pytest.approx(0.6 + half)


@given(drawn(), st.booleans())
def test_the_bounds_are_where_the_t_test_begins_to_refute(series: Series, paired: bool) -> None:
    estimate = estimated(*series, paired=paired)
    assert estimate.low <= estimate.value <= estimate.high
    assume(math.isfinite(estimate.low) and estimate.high - estimate.low > 1e-6)
    # At both bounds the same quotient L² / var L, which is the squared quantile.
    own = statistics.variance(series[2]) / len(series[2])
    below, above = (refutation(series, own, each, paired) for each in (estimate.low, estimate.high))
    assert below == pytest.approx(above, rel=1e-4)
    assert below > two_sided_quantile(0.95, math.inf) ** 2 * 0.999


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("candidate", [20.0, 16.0])
def test_the_borrowed_scatter_by_hand(candidate: float, paired: bool) -> None:
    series = ([19.0, 20.0, 21.0], [14.0, 16.0, 15.0], [candidate])
    estimate = estimated(*series, paired=paired)
    # Both ends have variance 1, so the single candidate measurement has it too.
    of_ends = variance_of_ends(series, estimate.value, paired)
    parts = [(of_ends, 2)]
    if not paired:
        parts = [((1 - estimate.value) ** 2 / 3, 2), (estimate.value**2 / 3, 2)]
    freedom = (of_ends + 1) ** 2 / (sum(part**2 / each for part, each in parts) + 1 / 2)
    square = two_sided_quantile(0.95, freedom) ** 2
    assert refutation(series, 1.0, estimate.low, paired) == pytest.approx(square)
    assert refutation(series, 1.0, estimate.high, paired) == pytest.approx(square)


def refutation(series: Series, of_candidate: float, share: float, paired: bool) -> float:
    start, target, candidate = (statistics.fmean(each) for each in series)
    distance = (1 - share) * start + share * target - candidate
    return distance**2 / (variance_of_ends(series, share, paired) + of_candidate)


def variance_of_ends(series: Series, share: float, paired: bool) -> float:
    start, target, _ = series
    if paired:
        blend = [(1 - share) * first + share * second for first, second in zip(start, target, strict=True)]
        return statistics.variance(blend) / len(blend)
    of_start, of_target = (statistics.variance(each) / len(each) for each in (start, target))
    return (1 - share) ** 2 * of_start + share**2 * of_target


@given(drawn(), st.floats(0.5, 4), st.floats(-100, 100), st.booleans())
def test_unit_and_origin_of_the_metric_do_not_matter(
    series: Series, unit: float, origin: float, paired: bool
) -> None:
    first = estimated(*series, paired=paired)
    start, target, candidate = ([unit * value + origin for value in each] for each in series)
    second = estimated(start, target, candidate, paired=paired)
    assert second.value == pytest.approx(first.value, rel=1e-6, abs=1e-6)
    assume(math.isfinite(first.low) and first.high - first.low < 100)
    assert (second.low, second.high) == pytest.approx((first.low, first.high), rel=1e-3, abs=1e-3)


@given(drawn(), st.booleans())
def test_a_higher_level_has_the_wider_interval(series: Series, paired: bool) -> None:
    narrow = estimated(*series, level=0.8, paired=paired)
    wide = estimated(*series, level=0.99, paired=paired)
    assert wide.low <= narrow.low and narrow.high <= wide.high


@pytest.mark.parametrize(
    ("pairs", "measurements", "shared", "truth", "paired"),
    [
        (3, 3, 0.0, 0.7, True),
        (3, 3, 0.6, 0.7, True),
        (4, 3, 0.5, 0.0, True),
        (4, 3, 0.5, 1.0, True),
        (5, 4, 0.0, 0.5, False),
    ],
)
def test_95_percent_intervals_hold_the_truth_95_times_in_100(
    pairs: int, measurements: int, shared: float, truth: float, paired: bool
) -> None:
    rng = random.Random(20260101)
    trials, held = 2000, 0
    for _ in range(trials):
        both = [rng.gauss(0, shared) for _ in range(pairs)]
        start = [20 + each + rng.gauss(0, 0.4) for each in both]
        target = [15 + each + rng.gauss(0, 0.25) for each in both]
        candidate = [20 - 5 * truth + rng.gauss(0, 0.3) for _ in range(measurements)]
        estimate = estimated(start, target, candidate, paired=paired)
        held += estimate.low <= truth <= estimate.high
    assert 0.92 <= held / trials <= 0.98
