"""From outcomes to figures: what an answer may claim, and what it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.events import Event
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.task import Metric
from agentkit.journal.fold import RunState
from agentkit.runs.summarise import (
    PUBLISHED_NOTE,
    answer,
    fsr_point,
    recovered,
    reference_ends,
    row,
    summarise,
)

TIME = Metric(name="cpu_seconds", unit="s", lower_is_better=True)
SCORE = Metric(name="score")
MANIFEST: dict[str, Any] = {
    "task": "toy/number", "scaffold": "aide", "model": "none", "hints": ["text"], "profile": "",
    "sandbox": "local", "seed": 3, "settings": {"seed": 3}, "budget": {"attempts": 4},
    "metric": SCORE.model_dump(mode="json"),
}  # fmt: skip


def outcome(metric: Metric, value: float | None, **fields: Any) -> Outcome:
    metrics = {} if value is None else {metric.name: value, "loss": 2.0}
    return Outcome.model_validate(
        {"status": "valid", "metrics": metrics, "trust": "verified", "isolation": "local", **fields}
    )


def calibration(metric: Metric, *pairs: tuple[float, float]) -> Calibration:
    both = tuple(
        Pair(seed=seed, start=outcome(metric, start), target=outcome(metric, target))
        for seed, (start, target) in enumerate(pairs)
    )
    return Calibration(task="t", digest="d", machine="m", metric=metric.name, pairs=both)


FASTER = calibration(TIME, (20.0, 10.0), (20.2, 10.1), (19.8, 9.9))
HIGHER = calibration(SCORE, (10.0, 20.0), (10.1, 20.2), (9.9, 19.8))


def attempt(metric: Metric, value: float | None, status: str = "valid") -> Attempt:
    fitness = value if status == "valid" else None
    return Attempt(
        id="a1", operator="draft", outcome=outcome(metric, value, status=status), fitness=fitness,
        plan="\n  \nFirst line.\nSecond.",
    )  # fmt: skip


def test_an_answer_has_the_figures_of_its_measurements_not_of_the_search() -> None:
    measured = [outcome(TIME, value) for value in (14.0, 15.0, 16.0)]
    found = answer(attempt(TIME, 11.0), measured, FASTER, TIME)
    assert (found.seconds, found.loss, found.metrics["cpu_seconds"]) == (15.0, 2.0, 15.0)
    assert found.fsr == pytest.approx(0.5)
    assert found.fsr_interval is not None
    assert found.fsr_interval[0] < 0.5 < found.fsr_interval[1]
    assert (found.measurements, found.valid_measurements, found.trust) == (3, 3, "verified")


def test_without_a_measurement_it_has_those_of_the_search_and_says_so() -> None:
    found = answer(attempt(TIME, 15.0), [], FASTER, TIME)
    assert (found.seconds, found.measurements, found.valid_measurements) == (15.0, 0, 0)
    crashed = answer(attempt(TIME, 15.0), [outcome(TIME, None, status="crash")], FASTER, TIME)
    assert (crashed.seconds, crashed.measurements, crashed.valid_measurements) == (15.0, 1, 0)


def test_a_measurement_that_failed_counts_but_has_no_figure() -> None:
    measured = [outcome(TIME, 14.0), outcome(TIME, None, status="crash"), outcome(TIME, 16.0)]
    found = answer(attempt(TIME, 11.0), measured, FASTER, TIME)
    assert (found.seconds, found.measurements, found.valid_measurements) == (15.0, 3, 2)


def test_only_figures_that_every_measurement_has_are_averaged() -> None:
    bare = Outcome(status="valid", metrics={"cpu_seconds": 16.0}, trust="claimed")
    found = answer(attempt(TIME, 11.0), [outcome(TIME, 14.0), bare], FASTER, TIME)
    assert dict(found.metrics) == {"cpu_seconds": 15.0}
    assert found.loss is None
    assert found.trust == "claimed", "one claim among them is enough"


def test_without_a_calibration_there_is_no_fraction() -> None:
    found = answer(attempt(TIME, 15.0), [outcome(TIME, 15.0)], None, TIME)
    assert (found.fsr, found.fsr_interval, found.seconds) == (None, None, 15.0)
    assert row(attempt(TIME, 15.0), None, TIME).fsr is None


@pytest.mark.parametrize(
    ("pairs", "has_value"),
    [
        (((20.0, 10.0),), True),
        (((20.0, 10.0), (10.0, 19.0)), True),
        (((10.0, 20.0), (10.1, 20.1)), False),
    ],
    ids=["measured once", "a gap within its noise", "a target worse than the start"],
)
def test_no_interval_where_there_is_none(pairs: tuple[tuple[float, float], ...], has_value: bool) -> None:
    found = answer(attempt(TIME, 15.0), [outcome(TIME, 15.0)], calibration(TIME, *pairs), TIME)
    assert found.fsr_interval is None
    assert (found.fsr is not None) is has_value


@pytest.mark.parametrize(("metric", "known", "value"), [(TIME, FASTER, 12.5), (SCORE, HIGHER, 17.5)])
def test_both_directions_count_from_the_start_to_the_target(
    metric: Metric, known: Calibration, value: float
) -> None:
    found = answer(attempt(metric, value), [outcome(metric, value)] * 2, known, metric)
    assert found.fsr == pytest.approx(0.75)
    assert row(attempt(metric, value), known, metric).fsr == pytest.approx(0.75)
    assert (found.seconds is None) is (metric.unit != "s"), "only a time is given in seconds"
    ends = reference_ends(known, metric)
    assert ends is not None
    assert ends.measurable
    assert ends.gap_in_errors is not None
    assert ends.gap_in_errors > 3


@pytest.mark.parametrize("metric", [TIME, SCORE])
def test_an_attempt_has_no_fraction_of_a_gap_in_the_wrong_direction(metric: Metric) -> None:
    pair = (10.0, 20.0) if metric.lower_is_better else (20.0, 10.0)
    known = calibration(metric, pair, pair)
    assert fsr_point(outcome(metric, 15.0), known, metric) is None


def published(metric: Metric, start: float, target: float) -> Calibration:
    ends = PublishedEnds(start=start, target=target, source="a paper, table 3", hardware="eight H100")
    return calibration(metric).model_copy(update={"published": ends})


@pytest.mark.parametrize(
    ("metric", "start", "target"), [(TIME, 20.0, 10.0), (SCORE, 10.0, 20.0)], ids=["lower", "higher"]
)
def test_published_ends_give_a_fraction_without_an_interval(
    metric: Metric, start: float, target: float
) -> None:
    known = published(metric, start, target)
    measured = [outcome(metric, start + share * (target - start)) for share in (0.7, 0.75, 0.8)]
    found = answer(attempt(metric, target), measured, known, metric)
    assert found.fsr == pytest.approx(0.75)
    assert found.fsr_interval is None
    recovery = recovered(measured, known, metric)
    assert recovery is not None
    assert recovery.note == PUBLISHED_NOTE
    ends = reference_ends(known, metric)
    assert ends is not None
    assert (ends.start, ends.target, ends.pairs, ends.gap_in_errors) == (start, target, 0, None)
    assert not ends.measurable, "nobody tested the gap here"
    assert (ends.source, ends.hardware) == ("a paper, table 3", "eight H100")


def test_measured_ends_name_no_source() -> None:
    ends = reference_ends(FASTER, TIME)
    assert ends is not None
    assert (ends.source, ends.hardware) == ("", "")


def test_published_ends_in_the_wrong_direction_give_no_fraction_and_say_why() -> None:
    recovery = recovered([outcome(TIME, 15.0)], published(TIME, 10.0, 20.0), TIME)
    assert recovery is not None
    assert recovery.estimate is None
    assert "target is not better" in recovery.note


def test_a_calibration_of_before_there_were_published_ends_is_read() -> None:
    old = FASTER.model_dump(mode="json", exclude={"published"})
    assert Calibration.model_validate(old) == FASTER


@given(value=st.floats(-1e6, 1e6))
def test_an_attempts_fraction_is_that_of_an_answer_of_the_same_figure(value: float) -> None:
    single = fsr_point(outcome(TIME, value), FASTER, TIME)
    assert single == pytest.approx(answer(attempt(TIME, value), [outcome(TIME, value)], FASTER, TIME).fsr)


def test_a_row_of_the_table() -> None:
    good = row(attempt(TIME, 15.0), FASTER, TIME)
    assert (good.plan, good.status) == ("First line.", "valid")
    assert good.fsr == pytest.approx(0.5)
    late = row(attempt(TIME, 9.0, status="invalid"), FASTER, TIME)
    assert late.fsr is None, "what missed a rule recovers nothing"
    assert late.metrics["cpu_seconds"] == 9.0


def test_ends_of_one_pair_and_of_equal_gaps() -> None:
    once = reference_ends(calibration(TIME, (20.0, 10.0)), TIME)
    assert once is not None
    assert (once.pairs, once.start_sd, once.gap_in_errors, once.measurable) == (1, 0.0, None, False)
    equal = reference_ends(calibration(TIME, (20.0, 10.0), (21.0, 11.0)), TIME)
    assert equal is not None
    assert equal.measurable
    assert equal.gap_in_errors is None, "JSON has no infinity"
    assert reference_ends(calibration(TIME), TIME) is None


def state(*events: tuple[str, str, dict[str, Any]]) -> RunState:
    found = RunState()
    for number, (kind, id, data) in enumerate(events):
        found.apply(Event(number=number, time=100.0 + 30 * number, kind=kind, attempt=id, data=data))
    return found


def test_a_run_without_a_last_event_is_running(tmp_path: Path) -> None:
    found = summarise(tmp_path, MANIFEST, state(("run_started", "", {})))
    assert (found.state, found.best, found.attempts, found.reference) == ("running", None, (), None)
    assert (found.run, found.folder, found.hints, found.seed) == (tmp_path.name, str(tmp_path), ("text",), 3)


def test_a_summary_is_what_the_journal_says(tmp_path: Path) -> None:
    made = attempt(SCORE, 15.0)
    found = summarise(
        tmp_path,
        MANIFEST,
        state(
            ("run_started", "", {}),
            ("calibrated", "", {"calibration": HIGHER.model_dump(mode="json")}),
            ("attempt", "a1", made.model_dump(mode="json")),
            ("answer", "a1", answer(made, [], HIGHER, SCORE).model_dump(mode="json")),
            ("run_ended", "", {"state": "ended", "reason": "policy finished"}),
        ),
    )
    assert (found.state, found.reason) == ("ended", "policy finished")
    assert found.best is not None
    assert found.best.fsr == found.attempts[0].fsr == pytest.approx(0.5)
    assert found.reference is not None
    assert found.reference.pairs == 3
    assert (found.budget.attempts, found.budget.minutes) == (1, 2.0)
    assert found.budget.caps == {"attempts": 4}


def test_the_caps_of_a_resumed_run_are_those_it_was_resumed_with(tmp_path: Path) -> None:
    told = state(
        ("run_started", "", {"caps": {"attempts": 4}}), ("run_resumed", "", {"caps": {"attempts": 9}})
    )
    assert summarise(tmp_path, MANIFEST, told).budget.caps["attempts"] == 9
