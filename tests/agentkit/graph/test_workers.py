"""Attempts under way as plain functions: started once, waited for, and none left behind."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agentkit.contracts.budget import Budget
from agentkit.errors import BrokenPlugin, BudgetSpent, ModelProblem
from agentkit.graph.workers import SUPER_STEPS, Workers, resume_or_start

Attempts = Callable[[str], Awaitable[None]]


class ScriptedGraph:
    """Does for each attempt what a function says; notes how it was called and what ended how."""

    def __init__(self, attempts: Attempts, stands_at: tuple[str, ...] = ()) -> None:
        self.attempts = attempts
        self.stands_at = stands_at
        self.calls: list[tuple[str, Any]] = []
        self.limits: list[int] = []
        self.ended: list[str] = []

    async def aget_state(self, config: dict[str, Any]) -> Any:
        return SimpleNamespace(next=self.stands_at)

    async def ainvoke(self, values: Any, config: dict[str, Any], durability: str) -> None:
        thread = config["configurable"]["thread_id"]
        self.calls.append((thread, values))
        self.limits.append(config["recursion_limit"])
        try:
            await self.attempts(thread.removeprefix("attempt-"))
        finally:
            self.ended.append(thread.removeprefix("attempt-"))


async def forever(attempt: str) -> None:
    await asyncio.Event().wait()


def told_apart(**attempts: Callable[[], Awaitable[None]]) -> Attempts:
    async def do(attempt: str) -> None:
        await attempts[attempt]()

    return do


async def at_once() -> None:
    return None


async def never() -> None:
    await forever("")


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        raise error

    return fail


@pytest.fixture
def run(bench: Any) -> Any:
    run = bench.open(None, None, scaffold={"repairs": 3})
    yield run
    run.journal.close()


def test_what_is_under_way_is_not_started_again(run: Any) -> None:
    graph = ScriptedGraph(forever)

    async def twice() -> None:
        workers = Workers(run, graph)
        assert not workers.busy
        workers.start(["a1"])
        workers.start(["a1", "a2"])
        await asyncio.sleep(0.01)
        assert workers.busy
        await workers.close()
        assert not workers.busy

    asyncio.run(twice())
    assert [thread for thread, _ in graph.calls] == ["attempt-a1", "attempt-a2"]
    assert graph.calls[0][1] == {"attempt": "a1"}
    assert graph.limits[0] == SUPER_STEPS + 6, "two more steps for each repair"


@pytest.mark.parametrize(("all_of_them", "left"), [(False, ["a1"]), (True, ["a1", "a2"])])
def test_one_end_is_enough_unless_all_are_waited_for(run: Any, all_of_them: bool, left: list[str]) -> None:
    graph = ScriptedGraph(told_apart(a1=at_once, a2=lambda: asyncio.sleep(0.05)))

    async def wait() -> list[str]:
        workers = Workers(run, graph)
        workers.start(["a1", "a2"])
        await workers.wait(all_of_them=all_of_them)
        ended = list(graph.ended)
        await workers.close()
        return ended

    assert asyncio.run(wait()) == left


def test_with_nothing_under_way_there_is_nothing_to_wait_for(run: Any) -> None:
    asyncio.run(asyncio.wait_for(Workers(run, ScriptedGraph(forever)).wait(all_of_them=True), 5))


@pytest.mark.parametrize("error", [BudgetSpent("The cap is reached."), ModelProblem("The cap is reached.")])
def test_a_spent_budget_or_a_failing_model_stops_the_search_and_lets_siblings_end(
    run: Any, error: Exception
) -> None:
    graph = ScriptedGraph(told_apart(a1=failing(error), a2=lambda: asyncio.sleep(0.02), a3=at_once))

    async def wait() -> None:
        workers = Workers(run, graph)
        workers.start(["a1", "a2"])
        await workers.wait(all_of_them=False)
        assert workers.stop == "The cap is reached"
        assert workers.busy, "a2 goes on"
        workers.start(["a3"])
        await workers.wait(all_of_them=False)
        assert not workers.busy

    asyncio.run(wait())
    assert graph.ended == ["a1", "a2"], "nothing is started after a fault"


def test_the_first_reason_is_kept(run: Any) -> None:
    async def later() -> None:
        await asyncio.sleep(0.02)
        raise BudgetSpent("Two.")

    graph = ScriptedGraph(told_apart(a1=failing(ModelProblem("One.")), a2=later))

    async def wait() -> str:
        workers = Workers(run, graph)
        workers.start(["a1", "a2"])
        while workers.busy:
            await workers.wait(all_of_them=False)
        return workers.stop

    assert asyncio.run(wait()) == "One"


@pytest.mark.parametrize("error", [BrokenPlugin("The task is broken."), ZeroDivisionError("ours")])
def test_any_other_fault_ends_the_siblings_and_rises(run: Any, error: Exception) -> None:
    graph = ScriptedGraph(told_apart(a1=never, a2=failing(error), a3=never))

    async def wait() -> None:
        workers = Workers(run, graph)
        workers.start(["a1", "a2", "a3"])
        try:
            await workers.wait(all_of_them=False)
        finally:
            assert sorted(graph.ended) == ["a1", "a2", "a3"]
            assert not workers.busy

    with pytest.raises(type(error)) as caught:
        asyncio.run(wait())
    assert caught.value is error


def test_closing_waits_until_each_has_put_its_things_away(run: Any) -> None:
    async def tidy() -> None:
        try:
            await forever("")
        finally:
            await asyncio.sleep(0.02)  # a command that takes a moment to die

    graph = ScriptedGraph(told_apart(a1=tidy, a2=tidy))

    async def cancelled() -> None:
        workers = Workers(run, graph)
        workers.start(["a1", "a2"])
        waiting = asyncio.create_task(workers.wait(all_of_them=True))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert graph.ended == [], "a cancelled wait leaves them to whoever closes"
        await workers.close()
        assert sorted(graph.ended) == ["a1", "a2"]

    asyncio.run(cancelled())


def test_attempts_end_with_the_runs_minutes(bench: Any) -> None:
    run = bench.open(None, None, budget=Budget(minutes=0.002))
    run.journal.append("run_started")
    graph = ScriptedGraph(forever)

    async def wait() -> str:
        workers = Workers(run, graph)
        workers.start(["a1"])
        await asyncio.wait_for(workers.wait(all_of_them=False), 30)
        return workers.stop

    began = time.monotonic()
    assert "0.002 minutes" in asyncio.run(wait())
    assert graph.ended == ["a1"]
    assert time.monotonic() - began >= 0.1, "it was given its time"
    run.journal.close()


def test_an_attempt_does_not_inherit_the_context_it_is_started_from(run: Any) -> None:
    """LangGraph keeps the running node there; an attempt must not become a part of the search's graph."""
    inside = contextvars.ContextVar("inside", default="nothing")
    seen: list[str] = []

    async def look(attempt: str) -> None:
        seen.append(inside.get())

    async def start() -> None:
        inside.set("the search")
        workers = Workers(run, ScriptedGraph(look))
        workers.start(["a1"])
        await workers.wait(all_of_them=True)

    asyncio.run(start())
    assert seen == ["nothing"]


@pytest.mark.parametrize(("stands_at", "given"), [((), {"x": 1}), (("run",), None)])
def test_a_checkpoint_is_gone_on_from_and_otherwise_the_start_is_the_start(
    stands_at: tuple[str, ...], given: object
) -> None:
    graph = ScriptedGraph(lambda attempt: asyncio.sleep(0), stands_at)
    config = {"configurable": {"thread_id": "t"}, "recursion_limit": 1}
    asyncio.run(resume_or_start(graph, config, {"x": 1}))
    assert graph.calls == [("t", given)]
