"""An author's own graph: any that LangGraph makes, on record, resumed, and blamed by name."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.errors import BrokenPlugin
from agentkit.graph.drive import drive
from agentkit.journal.log import read_events
from agentkit.search.context import RunContext
from agentkit.search.stages import Stages

DRAFT = Expansion(operator="draft")


class NoClosing:
    async def finalise(self, reason: str) -> None: ...

    async def judge(self) -> None: ...


class State(TypedDict):
    attempt: str


def graph_of(*nodes: Callable[[Stages, str], Any]) -> Callable[[Stages], Any]:
    """One node after the other."""

    def made(stages: Stages) -> Any:
        graph: StateGraph[Any, Any, Any, Any] = StateGraph(State)
        names: list[str] = []
        for node in nodes:

            async def step(state: State, node: Any = node) -> dict[str, Any]:
                await node(stages, state["attempt"])
                return {}

            names.append(f"{node.__name__}_{len(names)}")
            graph.add_node(names[-1], step)
        for before, after in zip([START, *names], [*names, END], strict=True):
            graph.add_edge(before, after)
        return graph

    return made


async def code(stages: Stages, attempt: str) -> None:
    await stages.code(attempt)


async def measure(stages: Stages, attempt: str) -> None:
    await stages.run(attempt)


async def review(stages: Stages, attempt: str) -> None:
    await stages.review(attempt)


def search(run: RunContext) -> None:
    try:
        asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
    finally:
        run.journal.close()


def opened(bench: Any, list_policy: Any, model: Any, graph: Any, attempts: int = 2) -> RunContext:
    run: RunContext = bench.open(
        list_policy([DRAFT] * attempts), model, scaffold={"graph": graph}, budget=Budget(attempts=attempts)
    )
    return run


@pytest.mark.parametrize("compiled", [False, True])
def test_any_graph_of_langgraph_is_driven(
    compiled: bool, bench: Any, list_policy: Any, number_model: Any
) -> None:
    """No plan, and a state of the author's own; compiled or not, the checkpoints are the run's."""
    plain = graph_of(code, measure, review)
    run = opened(
        bench, list_policy, number_model(["10", "20"]), lambda s: plain(s).compile() if compiled else plain(s)
    )
    search(run)
    attempts = run.journal.state.tree.attempts
    assert [each.fitness for each in attempts.values()] == [10.0, 20.0]
    stages = [each.data["stage"] for each in read_events(run.journal.path) if each.kind == "stage"]
    assert stages == ["code", "run", "review"] * 2


def breaks(stages: Stages, attempt: str) -> None:
    raise KeyError("window")


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (graph_of(code, measure), "attempt a1 is not finished"),
        (graph_of(breaks), r"failed in attempt a1: KeyError: 'window'"),
        (lambda stages: "a graph", r"no LangGraph graph.\n.*\n.*Found: str"),
        (lambda stages: StateGraph(State), "cannot be made: ValueError"),
        (lambda stages: stages.nothing, "cannot be made: AttributeError"),
    ],
)
def test_what_it_does_wrong_is_said_and_ends_the_run(
    graph: Any, message: str, bench: Any, list_policy: Any, number_model: Any
) -> None:
    run = opened(bench, list_policy, number_model(["10"]), graph, attempts=1)
    with pytest.raises(BrokenPlugin, match=message):
        search(run)


def test_a_loop_without_an_end_is_ended(bench: Any, list_policy: Any, number_model: Any) -> None:
    def endless(stages: Stages) -> Any:
        graph: StateGraph[Any, Any, Any, Any] = StateGraph(State)
        graph.add_node("again", lambda state: {"attempt": state["attempt"]})
        graph.add_edge(START, "again")
        graph.add_edge("again", "again")
        return graph

    with pytest.raises(BrokenPlugin, match="goes on after 100 steps of attempt a1"):
        search(opened(bench, list_policy, number_model(["10"]), endless))


def test_after_it_is_mended_the_run_goes_on_without_asking_again(
    bench: Any, list_policy: Any, number_model: Any
) -> None:
    with pytest.raises(BrokenPlugin, match="not finished"):
        search(opened(bench, list_policy, number_model(["10"]), graph_of(code, measure), attempts=1))
    (bench.folder / "run" / "checkpoints.sqlite").unlink()
    shutil.rmtree(bench.folder / "run" / "attempts")
    model = number_model(["10"])
    run = opened(bench, list_policy, model, graph_of(code, measure, review), attempts=1)
    search(run)
    assert list(run.journal.state.tree.attempts) == ["a1"]
    assert model.asked == ["a1/review/0"]
