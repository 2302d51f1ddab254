"""Effects of edits, with the noise that belongs to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.task import Metric
from agentkit.runs.ablation.effects import (
    Estimated,
    difference,
    effect_of,
    estimated,
    fate_of,
    figures_of,
    share_of_way,
    stand_out,
    total,
    two_sided,
)
from tests.agentkit.runs.ablation.conftest import calibration

SCORE = Metric(name="score")
TIME = Metric(name="time", unit="s", lower_is_better=True)
GAINS = st.dictionaries(st.integers(0, 9), st.floats(-1e6, 1e6), max_size=5)


def test_figures_and_fates() -> None:
    outcomes = {
        1: Outcome(status="valid", metrics={"time": 2.0}),
        2: Outcome(status="invalid", metrics={"time": 3.0}, reason="too far"),
        3: Outcome(status="crash", reason="ZeroDivisionError"),
        4: Outcome(status="valid", metrics={"time": 0.0}),
    }
    assert figures_of(outcomes, TIME) == {1: -2.0, 2: -3.0}
    fate = fate_of(outcomes, TIME)
    assert (fate.valid, fate.invalid, fate.failed, fate.count) == (1, 1, 2, 4)
    assert fate.reason == "invalid: too far"
    assert fate_of({}, TIME).count == 0


@given(GAINS, GAINS)
def test_differences_are_of_common_seeds_and_change_their_sign(
    a: dict[int, float], b: dict[int, float]
) -> None:
    found = difference(a, b)
    assert set(found) == set(a) & set(b)
    assert difference(b, a) == {seed: -each for seed, each in found.items()}
    assert set(difference(a, a).values()) <= {0.0}


def test_rounding_is_no_difference() -> None:
    assert difference({1: 0.1 + 0.2}, {1: 0.3}) == {1: 0.0}
    assert total([{1: 0.1, 2: 5.0}, {1: 0.2}]) == {1: pytest.approx(0.3)}
    assert total([]) == {}


def test_intervals_are_students() -> None:
    found = estimated({1: 1.0, 2: 2.0, 3: 3.0})
    assert found is not None and found.low is not None and found.high is not None
    assert (found.value, found.n, found.clear) == (2.0, 3, False)
    assert found.high - found.value == pytest.approx(4.302653 / 3**0.5, rel=1e-5)
    assert estimated({7: 1.5}) == Estimated(value=1.5, n=1)
    assert estimated({}) is None
    assert Estimated(value=1.0, low=0.5, high=1.5, n=2).clear


def test_shares_are_of_the_calibrated_gap() -> None:
    effect = effect_of({1: 6.4, 2: 6.6}, calibration(), SCORE)
    assert effect is not None and effect.fsr is not None
    assert effect.fsr.value == pytest.approx(0.5)
    assert effect.fsr.low is not None and effect.fsr.high is not None
    assert effect.fsr.low < 0.5 < effect.fsr.high
    gain, quiet = effect.gain, share_of_way({1: 6.4, 2: 6.6}, calibration(noise=0.0), SCORE)
    assert gain.low is not None and gain.high is not None and quiet is not None
    assert quiet.low == pytest.approx(gain.low / 13)
    assert quiet.high == pytest.approx(gain.high / 13)
    assert share_of_way({1: 6.5, 2: 6.5}, None, SCORE) is None
    single = share_of_way({1: -6.5}, calibration(), SCORE)
    assert single is not None and single.low is None
    assert single.value == pytest.approx(-0.5)


def test_published_ends_have_no_noise_that_is_known() -> None:
    ends = PublishedEnds(start=10.0, target=5.0, source="a paper", hardware="eight H100")
    published = Calibration(task="t", digest="d", machine="m", metric="time", pairs=(), published=ends)
    share = share_of_way({1: 1.0, 2: 1.2}, published, TIME)
    assert share is not None and share.low is None
    assert share.value == pytest.approx(0.22)


def test_only_what_is_beyond_its_noise_stands_out() -> None:
    clear, noisy = {1: 1.0, 2: 1.01, 3: 0.99}, {1: 1.0, 2: -1.5, 3: 0.7}
    assert stand_out({"a": clear, "b": noisy, "c": {1: 5.0}}) == {"a"}
    assert stand_out({"a": {1: 1.0, 2: 1.0}, "b": {1: 0.0, 2: 0.0}}) == {"a"}, "without any noise"
    assert two_sided({1: 0.0, 2: 0.0}) == 1.0
    weak = {1: 1.0, 2: 1.3, 3: 0.6}
    assert stand_out({"a": weak}) == {"a"}
    assert stand_out({name: weak for name in "abcdef"}) == frozenset(), "Holm's rule"
