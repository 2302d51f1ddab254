from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Cost
from agentkit.contracts.events import Event
from agentkit.journal.fold import RunState, add_costs

USAGE = {"input_tokens": 10, "output_tokens": 5, "dollars": 0.25}


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


def test_replies_are_priced_by_attempt_and_in_total() -> None:
    reply = {"key": "a1/plan/0", "usage": USAGE, "seconds": 2.0}
    unknown = {"key": "a2/plan/0", "usage": {**USAGE, "dollars": None}}
    state = fold([("reply", "a1", reply), ("reply", "a1", {**reply, "key": "a1/code/0"})])
    assert state.costs["a1"] == Cost(tokens=30, dollars=0.5, seconds=4.0, calls=2)
    state.apply(Event(number=2, time=3.0, kind="reply", attempt="a2", data=unknown))
    assert state.spent.dollars is None, "one unknown price makes the sum unknown, never smaller"
    assert state.spent.tokens == 45


def test_time_between_two_processes_is_not_counted_as_work() -> None:
    events: list[tuple[str, str, dict[str, Any]]] = [
        ("run_started", "", {}),
        ("note", "", {}),
        ("run_resumed", "", {}),
        ("note", "", {}),
    ]
    assert fold(events, [0.0, 10.0, 1000.0, 1005.0]).worked == 15.0


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


costs = st.builds(
    Cost,
    tokens=st.integers(0, 10**6),
    dollars=st.one_of(st.none(), st.integers(0, 1000).map(float)),
    seconds=st.integers(0, 1000).map(float),
    calls=st.integers(0, 100),
)


@given(one=costs, other=costs, third=costs)
def test_costs_add_up_in_any_order(one: Cost, other: Cost, third: Cost) -> None:
    assert add_costs(one, other) == add_costs(other, one)
    assert add_costs(add_costs(one, other), third) == add_costs(one, add_costs(other, third))
    assert add_costs(one, Cost()) == one
