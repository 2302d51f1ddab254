"""The graph of a run with attempts as plain functions: what is selected, waited for, and closed with what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.errors import BrokenPlugin, BudgetSpent
from agentkit.graph.search import build_search
from agentkit.graph.workers import Workers
from agentkit.search.context import RunContext

DRAFT = Expansion(operator="draft")


class ScriptedAttempts:
    """Stands for the graph of an attempt: waits or fails as it is told, else finishes the attempt."""

    def __init__(self, run: RunContext, **does: Callable[[], Awaitable[None]]) -> None:
        self.run = run
        self.does = does
        self.begun: list[str] = []

    async def aget_state(self, config: dict[str, Any]) -> Any:
        return SimpleNamespace(next=())

    async def ainvoke(self, values: dict[str, Any], config: dict[str, Any], durability: str) -> None:
        id = values["attempt"]
        self.begun.append(id)
        if id in self.does:
            await self.does[id]()
        attempt = Attempt(id=id, operator="draft", outcome=Outcome(status="valid"), fitness=1.0)
        self.run.journal.append("attempt", id, **attempt.model_dump(mode="json"))


class NotingClosing:
    """Notes what the search had come to when it was called."""

    def __init__(self, run: RunContext) -> None:
        self.run = run
        self.calls: list[tuple[Any, ...]] = []

    async def finalise(self, reason: str) -> None:
        state = self.run.journal.state
        pending = [each.id for each in state.pending]
        self.calls.append(("finalise", reason, list(state.tree.attempts), pending))

    async def judge(self) -> None:
        self.calls.append(("judge",))


def search(run: RunContext, attempts: ScriptedAttempts) -> list[tuple[Any, ...]]:
    closing = NotingClosing(run)
    workers = Workers(run, attempts)

    async def to_the_end() -> None:
        try:
            await build_search(run, workers, closing).compile().ainvoke({"pending": [], "stop": ""})
        finally:
            await workers.close()

    try:
        asyncio.run(asyncio.wait_for(to_the_end(), 30))
    finally:
        run.journal.close()
    return closing.calls


def a_while() -> Awaitable[None]:
    return asyncio.sleep(0.03)


async def spent() -> None:
    raise BudgetSpent("The cap is reached.")


def test_all_attempts_are_made_then_the_answer_is_chosen_then_judged(bench: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT] * 3), None)
    attempts = ScriptedAttempts(run)
    assert search(run, attempts) == [
        ("finalise", "the scaffold has nothing more to try", ["a1", "a2", "a3"], []),
        ("judge",),
    ]
    assert attempts.begun == ["a1", "a2", "a3"]


def test_a_search_that_may_make_none_ends_at_once(bench: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT]), None, budget=Budget(attempts=0))
    assert search(run, ScriptedAttempts(run)) == [("finalise", "all 0 attempts are made", [], []), ("judge",)]


def test_at_its_end_the_search_waits_for_what_is_under_way(bench: Any, list_policy: Any) -> None:
    """The slowest was begun first; nothing more is to be selected long before it ends."""
    run = bench.open(list_policy([DRAFT] * 9), None, width=3, budget=Budget(attempts=3))
    calls = search(run, ScriptedAttempts(run, a1=a_while))
    assert calls[0] == ("finalise", "all 3 attempts are made", ["a2", "a3", "a1"], [])


def test_after_a_fault_siblings_are_waited_for_and_none_is_begun(bench: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT] * 9), None, width=3)
    attempts = ScriptedAttempts(run, a1=a_while, a2=spent, a3=a_while)
    assert search(run, attempts)[0] == ("finalise", "The cap is reached", ["a1", "a3"], ["a2"])
    assert attempts.begun == ["a1", "a2", "a3"]


def test_an_attempt_that_an_earlier_process_selected_is_made_first(bench: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT] * 2), None)
    run.journal.append("selected", "a1", **DRAFT.model_dump(mode="json"))
    attempts = ScriptedAttempts(run)
    search(run, attempts)
    assert attempts.begun == ["a1", "a2"]


def test_a_fault_of_a_plugin_ends_the_run_without_an_answer(bench: Any, list_policy: Any) -> None:
    ended: list[str] = []

    async def broken() -> None:
        raise BrokenPlugin("The evaluator is broken.")

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("a1")

    run = bench.open(list_policy([DRAFT] * 2), None, width=2)
    with pytest.raises(BrokenPlugin, match="The evaluator is broken"):
        search(run, ScriptedAttempts(run, a1=forever, a2=broken))
    assert ended == ["a1"]
    assert not run.journal.state.tree.attempts
