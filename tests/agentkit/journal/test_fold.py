from collections.abc import Sequence
from typing import Any

import pytest

from agentkit.contracts.events import Event
from agentkit.journal.fold import RunState


def fold(events: Sequence[tuple[str, str, dict[str, Any]]], times: Sequence[float] = ()) -> RunState:
    state = RunState()
    for number, (kind, attempt, data) in enumerate(events):
        when = times[number] if times else float(number)
        state.apply(Event(number=number, time=when, kind=kind, attempt=attempt, data=data))
    return state


def selected(operator: str, *parents: str) -> dict[str, Any]:
    return {"operator": operator, "parents": list(parents), "params": {}}


def finished(attempt: str, operator: str = "draft") -> dict[str, Any]:
    outcome = {"status": "valid", "metrics": {"score": 1.0}}
    return {"id": attempt, "operator": operator, "outcome": outcome, "fitness": 1.0}


def test_pending_is_what_was_selected_and_has_not_finished() -> None:
    state = fold(
        [
            ("selected", "a1", selected("draft")),
            ("selected", "a2", selected("draft")),
            ("attempt", "a1", finished("a1")),
        ]
    )
    assert [each.id for each in state.pending] == ["a2"]
    assert list(state.tree.attempts) == ["a1"]


def test_nth_counts_earlier_attempts_of_the_same_operator() -> None:
    state = fold(
        [
            ("selected", "a1", selected("draft")),
            ("selected", "a2", selected("improve", "a1")),
            ("selected", "a3", selected("draft")),
        ]
    )
    assert [(each.nth, each.number) for each in state.selected.values()] == [(0, 0), (0, 1), (1, 2)]


def test_time_between_two_processes_is_not_counted_as_work() -> None:
    events: list[tuple[str, str, dict[str, Any]]] = [
        ("run_started", "", {}),
        ("note", "", {}),
        ("run_resumed", "", {}),
        ("note", "", {}),
    ]
    assert fold(events, [0.0, 10.0, 1000.0, 1005.0]).worked == 15.0


@pytest.mark.parametrize("kind", ["record", "no_record"])
def test_a_confirmation_days_later_is_no_work_of_the_run(kind: str) -> None:
    events: list[tuple[str, str, dict[str, Any]]] = [
        ("run_started", "", {}),
        ("answer", "a1", {"attempt": "a1"}),
        ("run_ended", "", {"state": "ended", "reason": ""}),
        (kind, "a1", {"task": "toy/number"}),
    ]
    state = fold(events, [0.0, 10.0, 12.0, 90_000.0])
    assert state.worked == 12.0
    assert state.confirmed == {"task": "toy/number"}
    assert state.ended == {"state": "ended", "reason": ""}
    state.apply(Event(number=4, time=90_001.0, kind="answer", data={"attempt": "a2"}))
    assert state.confirmed is None, "it was of another answer"


def test_an_unknown_kind_is_counted_and_otherwise_let_be() -> None:
    state = fold([("from_the_future", "a1", {"anything": 1})])
    assert state.count == 1
    assert not state.tree.attempts


def test_a_resumed_run_has_not_ended() -> None:
    events: list[tuple[str, str, dict[str, Any]]] = [
        ("run_started", "", {}),
        ("run_ended", "", {"state": "interrupted", "reason": "x"}),
    ]
    assert fold(events).ended is not None
    assert fold([*events, ("run_resumed", "", {})]).ended is None


def test_what_a_stage_was_first_told_is_kept() -> None:
    begun = [("stage", "a1", {"stage": "code", "standing": told}) for told in ("ten left", "nine left")]
    assert fold(begun).results["a1", "began code"]["standing"] == "ten left"


def test_calls_of_a_dead_process_count_at_their_upper_bound() -> None:
    bound = {"input_tokens": 100, "output_tokens": 50, "dollars": 0.5}
    asked = ("asked", "a1", {"key": "a1/plan/0", "bound": bound})
    state = fold([asked])
    assert (state.ledger.spent.dollars, state.ledger.committed.dollars) == (0.0, 0.5)
    resumed = fold([asked, ("run_resumed", "", {})])
    assert resumed.ledger.spent.dollars == resumed.ledger.committed.dollars == 0.5
    assert resumed.ledger.spent.lost_calls == 1


def test_jobs_under_way_are_known_and_their_gpu_seconds_counted_once() -> None:
    process = {"job": "a1-3/training", "pid": 7, "started": 99, "place": "boot"}
    ended = {**process, "status": "ok", "exit": 0, "seconds": 3.0, "gpu_seconds": 6.0}
    state = fold([("job", "a1", process)])
    assert list(state.jobs) == ["a1-3/training"]
    again = {**process, "attached": True}
    state = fold(
        [("job", "a1", process), ("job_ended", "a1", ended), ("job", "a1", again), ("job_ended", "a1", ended)]
    )
    assert state.jobs == {}
    assert state.ledger.by_attempt["a1"].gpu_seconds == 6.0
