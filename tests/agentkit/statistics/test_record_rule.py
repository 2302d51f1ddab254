"""The rule of a record: what counts, what rules one out, and what is said."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agentkit.contracts.bar import Bar
from agentkit.contracts.confirmation import Confirmation, Contest
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.task import Metric
from agentkit.statistics.record_rule import comparable, judge, p_value
from agentkit.statistics.staged import plan_looks

SECONDS = Metric(name="seconds", unit="s", lower_is_better=True)
LOSS = Bar(name="loss", limit=2.4)
NOISE = random.Random(0)


def outcome(
    seconds: float | None, loss: float | None = 2.39, status: str = "valid", **fields: Any
) -> Outcome:
    metrics: Mapping[str, float | None] = {"seconds": seconds, "loss": loss}
    known = {name: value for name, value in metrics.items() if value is not None}
    return Outcome.model_validate({"status": status, "metrics": known, "trust": "verified", **fields})


def confirmation(*candidates: Outcome, start: float = 10.0, **fields: Any) -> Confirmation:
    contests = tuple(
        Contest(seed=seed, against=outcome(start + NOISE.gauss(0, 0.01)), candidate=each)
        for seed, each in enumerate(candidates)
    )
    values: dict[str, Any] = {
        "task": "t", "digest": "d", "machine": "m", "sandbox": "local", "metric": SECONDS, "bars": (LOSS,),
        "candidate": "attempt a1", "candidate_files": "c", "against": "the start files",
        "against_files": "s", "first_seed": 0, "design": plan_looks(0.01), "contests": contests,
    }  # fmt: skip
    return Confirmation(**{**values, **fields})


def runs(count: int, seconds: float = 9.5, loss: float = 2.39) -> list[Outcome]:
    return [outcome(seconds + NOISE.gauss(0, 0.01), loss + NOISE.gauss(0, 0.001)) for _ in range(count)]


def judged(*candidates: Outcome, **fields: Any) -> Any:
    return judge(confirmation(*candidates, **fields))


def test_faster_within_its_loss_is_a_record() -> None:
    verdict = judged(*runs(8))
    assert verdict.record
    assert verdict.reason == "seconds is lower and mean loss is at most 2.4, at p ≤ 0.004"
    faster, within = verdict.tests
    assert faster.estimate.value == pytest.approx(0.05, abs=0.002)
    assert 0.04 < faster.estimate.low < faster.estimate.value < faster.estimate.high < 0.06
    assert (within.candidate, within.other) == (pytest.approx(2.39, abs=0.001), 2.4)
    assert max(p_value(faster), p_value(within)) <= 0.004
    assert (verdict.trust, verdict.needed, verdict.faults) == ("verified", None, ())


@pytest.mark.parametrize("count", [0, 1, 7, 9, 15, 17])
def test_nothing_is_decided_between_looks(count: int) -> None:
    assert judged(*runs(count)) is None


def test_faster_with_a_loss_above_its_limit_is_none() -> None:
    verdict = judged(*runs(8, loss=2.41))
    assert not verdict.record
    assert "not so, even on average, that mean loss is at most 2.4" in verdict.reason
    assert verdict.needed is None, "no number of pairs helps"


def test_a_run_that_missed_its_loss_counts_with_its_loss() -> None:
    """The rule is about the mean: one run above the limit rules nothing out, and is not left out."""
    missed = outcome(9.5, 2.401, "invalid", reason="loss 2.401 misses 2.4")
    verdict = judged(*runs(15, loss=2.38), missed)
    assert verdict.record
    assert verdict.missed == 1
    assert min(verdict.tests[1].samples) == pytest.approx(-0.001)
    worse = outcome(9.5, 2.6, "invalid", reason="loss 2.6 misses 2.4")
    assert judged(*runs(7, loss=2.38), worse).record is False, "2.41 on average"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (outcome(None, None, "crash", reason="NameError"), "crashed (NameError)"),
        (outcome(None, None, "timeout", reason="slow"), "ran out of time (slow)"),
        (outcome(1.0, 2.0, "flagged", reason="looks ahead"), "broke the rules (looks ahead)"),
        (outcome(1.0, 2.0, "invalid", reason="no distribution"), "was invalid (no distribution)"),
        (outcome(1.0, None, "valid"), "gave no figure 'loss'"),
        (outcome(None, 2.0, "valid"), "gave no figure 'seconds'"),
        (outcome(0.0, 2.0, "valid"), "gave no figure 'seconds'"),
    ],
)
def test_one_run_without_figures_rules_a_record_out(fault: Outcome, said: str) -> None:
    verdict = judged(*runs(2), fault)
    assert not verdict.record
    assert verdict.reason == f"the candidate {said} on seed 2"
    assert (verdict.pairs, verdict.tests) == (3, ())
    assert judged(*runs(8), fault).record is False, "also after all the others were fine"


def test_a_task_without_bars_is_about_its_figure_alone() -> None:
    assert judged(*runs(8, loss=9.0), bars=()).record
    missed = outcome(9.5, 9.0, "invalid", reason="wrong result")
    assert judged(*runs(7), missed, bars=()).reason.startswith("the candidate was invalid (wrong result)")


def test_a_gain_within_its_noise_says_how_many_more_would_do() -> None:
    wide: Sequence[float] = [-0.08, 0.06, -0.05, 0.03, -0.07, 0.04, -0.06, 0.05] * 3
    verdict = judged(*(outcome(9.99 + each) for each in wide), bars=())
    assert not verdict.record
    assert verdict.pairs == 24
    assert verdict.reason.startswith(
        "after 24 pairs it is not shown at p ≤ 0.003 that seconds is lower (p = "
    )
    assert verdict.needed > 24


def test_a_higher_figure_may_be_the_better_one() -> None:
    metric = Metric(name="seconds", unit="x")
    verdict = judged(*runs(8, seconds=11.0), metric=metric, bars=())
    assert verdict.record
    assert verdict.tests[0].estimate.value == pytest.approx(0.10, abs=0.005)
    assert not judged(*runs(8), metric=metric, bars=()).record


def test_what_is_neither_time_nor_ratio_is_compared_by_difference() -> None:
    verdict = judged(*runs(8, seconds=11.0), metric=Metric(name="seconds"), bars=())
    assert verdict.tests[0].estimate.value == pytest.approx(1.0, abs=0.02)
    assert not verdict.tests[0].ratio
    assert comparable(Metric(name="seconds"), outcome(-3.0))


def test_a_disturbed_measurement_counts_and_is_named() -> None:
    flag = Flag(code="conditions", evidence="heat held the processor down")
    disturbed = outcome(9.5, flags=(flag,))
    verdict = judged(*runs(7), disturbed)
    assert verdict.record
    assert len(verdict.tests[0].samples) == 8
    assert verdict.disturbed == ("the candidate on seed 7: heat held the processor down",)


def test_one_claimed_figure_makes_all_of_it_claimed() -> None:
    assert judged(*runs(7), outcome(9.5, trust="claimed")).trust == "claimed"
