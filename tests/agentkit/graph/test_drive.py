"""The two graphs on the number task: what they do, and that being cut off changes nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.events import Event
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.errors import BrokenPlugin, ModelProblem
from agentkit.graph.drive import drive
from agentkit.journal.log import read_events
from agentkit.search.context import RunContext

DRAFT = Expansion(operator="draft")
IMPROVE = Expansion(operator="improve", parents=("best",))
SEARCH = (DRAFT, IMPROVE, Expansion(operator="debug", parents=("a2",)), IMPROVE)
NUMBERS = ("10", "oops", "30", "40")


class NoClosing:
    """Ends the run without an answer."""

    def __init__(self, run: RunContext) -> None:
        self.run = run

    async def finalise(self, reason: str) -> None:
        self.run.journal.append("stage", stage="finalise", reason=reason)

    async def judge(self) -> None:
        return None


def run_to_end(run: RunContext) -> None:
    try:
        asyncio.run(drive(run, NoClosing(run), run.folder / "checkpoints.sqlite"))
    finally:
        run.journal.close()


def without_times(events: Sequence[Event]) -> list[tuple[str, str, str]]:
    """What happened, without when; what was begun or asked and never answered is begun and asked again."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key != "seconds"}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return [
        (each.kind, each.attempt, json.dumps(strip(each.data), sort_keys=True))
        for each in events
        if each.kind not in ("stage", "asked")
    ]


def test_plan_code_run_review_then_debug_repairs_a_crash(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    run = bench.open(list_policy(SEARCH), number_model(NUMBERS))
    run_to_end(run)
    attempts = run.journal.state.tree.attempts
    assert [(each.operator, each.parents, each.outcome.status) for each in attempts.values()] == [
        ("draft", (), "valid"),
        ("improve", ("a1",), "crash"),
        ("debug", ("a2",), "valid"),
        ("improve", ("a3",), "valid"),
    ]
    assert [each.fitness for each in attempts.values()] == [10.0, None, 30.0, 40.0]
    stages = [
        each.data["stage"]
        for each in read_events(run.journal.path)
        if each.attempt == "a3" and each.kind == "stage"
    ]
    assert stages == ["debug", "code", "run", "review"]
    assert attempts["a3"].plan == "debug of a3: 30"
    assert attempts["a4"].lesson == "review of a4: 40"
    diff = (run.folder / "attempts" / "a4" / "diff.patch").read_text()
    assert "\n-30" in diff
    assert "\n+40" in diff


def test_every_cut_of_the_journal_resumes_to_the_same_end(
    bench: Any, number_model: Any, list_policy: Any, tmp_path: Path
) -> None:
    """A kill -9 after any record, with LangGraph's checkpoints lost: same journal, nothing asked twice."""
    run = bench.open(list_policy(SEARCH), number_model(NUMBERS))
    run_to_end(run)
    lines = run.journal.path.read_bytes().splitlines(keepends=True)
    whole = without_times(list(read_events(run.journal.path)))
    for cut in range(len(lines)):
        run.journal.path.write_bytes(b"".join(lines[:cut]))
        recorded = {each.data["key"] for each in read_events(run.journal.path) if each.kind == "reply"}
        (run.folder / "checkpoints.sqlite").unlink()
        shutil.rmtree(run.folder / "attempts", ignore_errors=True)
        model = number_model(NUMBERS)
        run = bench.open(list_policy(SEARCH), model)
        run_to_end(run)
        assert without_times(list(read_events(run.journal.path))) == whole, f"cut after {cut} records"
        assert not recorded & set(model.asked), f"a recorded reply was asked for again after {cut} records"


class Crash(BaseException):
    """Stands in for a kill: nothing in agentkit catches it."""


def test_a_kill_at_any_event_with_checkpoints_kept_resumes_to_the_same_end(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    undisturbed = bench.open(list_policy(SEARCH), number_model(NUMBERS))
    run_to_end(undisturbed)
    whole = without_times(list(read_events(undisturbed.journal.path)))
    count = len(list(read_events(undisturbed.journal.path)))
    for last in range(0, count, 3):
        shutil.rmtree(undisturbed.folder)

        def stop(event: Event, last: int = last) -> None:
            if event.number == last:
                raise Crash

        run = bench.open(list_policy(SEARCH), number_model(NUMBERS))
        run.journal.observers.append(stop)
        with pytest.raises(Crash):
            run_to_end(run)
        assert (run.folder / "checkpoints.sqlite").exists()
        again = bench.open(list_policy(SEARCH), number_model(NUMBERS))
        run_to_end(again)
        assert without_times(list(read_events(again.journal.path))) == whole, f"killed at event {last}"


def test_steady_state_never_waits_for_the_slowest_sibling(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    class Slow:
        name = "scripted/slow"
        offers_tools = True

        def __init__(self) -> None:
            self.inner = number_model(NUMBERS)

        async def reply(self, request: ModelRequest) -> Reply:
            while request.position.attempt == "a1" and len(done) < 3:
                await asyncio.sleep(0.005)
            reply: Reply = await self.inner.reply(request)
            return reply

    done: list[str] = []
    run = bench.open(list_policy([DRAFT] * 4), Slow(), width=2)
    run.journal.observers.append(
        lambda event: done.append(event.attempt) if event.kind == "attempt" else None
    )
    run_to_end(run)
    assert done == ["a2", "a3", "a4", "a1"], "three others pass while a1 waits for them"


def test_a_barrier_waits_for_all_siblings(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT] * 4), number_model(NUMBERS), width=2, scaffold={"barrier": True})
    run_to_end(run)
    order = [each.kind for each in read_events(run.journal.path) if each.kind in ("selected", "attempt")]
    assert order == ["selected", "selected", "attempt", "attempt"] * 2


def test_the_set_of_attempts_is_the_same_at_any_width(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    found = []
    for width in (1, 4):
        run = bench.open(list_policy([DRAFT] * 6), number_model(NUMBERS), width=width)
        run_to_end(run)
        found.append({(each.id, each.fitness) for each in run.journal.state.tree.attempts.values()})
        shutil.rmtree(run.folder)
    assert found[0] == found[1]


def test_quick_repairs_happen_within_one_attempt(bench: Any, number_model: Any, list_policy: Any) -> None:
    class Mending:
        """First a word, then a number."""

        name = "scripted/mending"
        offers_tools = True

        async def reply(self, request: ModelRequest) -> Reply:
            number = "oops" if request.position.index < 2 else "7"
            reply: Reply = await number_model([number]).reply(request)
            return reply

    run = bench.open(list_policy([DRAFT]), Mending(), scaffold={"repairs": 1})
    run_to_end(run)
    (attempt,) = run.journal.state.tree.attempts.values()
    assert attempt.fitness == 7.0
    assert [text for text, _ in bench.evaluator.evaluated] == ["oops", "7"]


def test_a_model_that_fails_ends_the_search_and_keeps_the_attempt_pending(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    class Failing:
        name = "scripted/failing"
        offers_tools = True

        async def reply(self, request: ModelRequest) -> Reply:
            if request.position.attempt == "a2":
                raise ModelProblem("The key was refused.")
            reply: Reply = await number_model(NUMBERS).reply(request)
            return reply

    run = bench.open(list_policy(SEARCH), Failing())
    run_to_end(run)
    assert run.journal.state.reason == "The key was refused"
    assert [each.id for each in run.journal.state.pending] == ["a2"]
    again = bench.open(list_policy(SEARCH), number_model(NUMBERS))
    run_to_end(again)
    assert list(again.journal.state.tree.attempts) == ["a1", "a2", "a3", "a4"]


def test_caps_stop_the_search_before_they_are_passed(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT] * 9), number_model(NUMBERS), budget=Budget(attempts=3))
    run_to_end(run)
    assert len(run.journal.state.tree.attempts) == 3
    assert run.journal.state.reason == "all 3 attempts are made"
    shutil.rmtree(run.folder)
    run = bench.open(list_policy([DRAFT] * 9), number_model(NUMBERS), budget=Budget(dollars=0.1))
    run_to_end(run)
    assert "cap of 0.1 dollars" in run.journal.state.reason


def test_an_authors_own_graph_of_an_attempt_is_used(bench: Any, number_model: Any, list_policy: Any) -> None:
    from langgraph.graph import END, START, StateGraph

    from agentkit.graph.attempt import AttemptState

    def straight(stages: Any) -> Any:
        """code → run → review, without a plan."""

        async def everything(state: AttemptState) -> dict[str, Any]:
            await stages.code(state["attempt"])
            await stages.run(state["attempt"])
            await stages.review(state["attempt"])
            return {"again": False}

        graph: StateGraph[Any, Any, Any, Any] = StateGraph(AttemptState)
        graph.add_node("everything", everything)
        graph.add_edge(START, "everything")
        graph.add_edge("everything", END)
        return graph

    run = bench.open(list_policy([DRAFT]), number_model(NUMBERS), scaffold={"graph": straight})
    run_to_end(run)
    (attempt,) = run.journal.state.tree.attempts.values()
    assert attempt.fitness == 10.0
    assert attempt.plan == ""


def test_a_fault_of_the_task_stops_the_run_and_blames_the_task(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    run = bench.open(list_policy([DRAFT]), number_model(NUMBERS))

    async def broken(candidate: object) -> None:
        raise ZeroDivisionError("in the evaluator")

    bench.evaluator.evaluate = broken
    with pytest.raises(BrokenPlugin, match="evaluator of toy/number failed: ZeroDivisionError"):
        run_to_end(run)
    assert not run.journal.state.tree.attempts
