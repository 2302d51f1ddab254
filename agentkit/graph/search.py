"""The graph of a run: select → dispatch → collect → select … → finalise → judge.

Steady state: `collect` waits for the first attempt that ends, never for the slowest sibling, unless the
scaffold asks for a barrier. What is pending is read from the journal, so a run resumes without its
checkpoints; the state's ids are for those who look at the graph.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph

from agentkit.graph.workers import Workers
from agentkit.search.context import RunContext
from agentkit.search.select import select_attempts

SearchGraph = StateGraph[Any, Any, Any, Any]


class Closing(Protocol):
    """What follows the search: the answer, measured again, and the rubric."""

    async def finalise(self, reason: str) -> None: ...

    async def judge(self) -> None: ...


class SearchState(TypedDict):
    """Ids only. `stop` says why nothing more is selected; empty while the search goes on."""

    pending: list[str]
    stop: str


def build_search(run: RunContext, workers: Workers, closing: Closing) -> SearchGraph:
    def pending() -> list[str]:
        return [each.id for each in run.journal.state.pending]

    async def select(state: SearchState) -> dict[str, Any]:
        stop = state.get("stop") or workers.stop or select_attempts(run)
        return {"pending": pending(), "stop": stop}

    async def dispatch(state: SearchState) -> dict[str, Any]:
        workers.start(pending())
        return {"pending": pending()}

    async def collect(state: SearchState) -> dict[str, Any]:
        workers.start(pending())  # a resumed run may begin here
        await workers.wait(all_of_them=run.scaffold.barrier)
        return {"pending": pending(), "stop": state.get("stop") or workers.stop}

    async def finalise(state: SearchState) -> dict[str, Any]:
        await workers.close()
        await closing.finalise(state["stop"])
        return {"pending": pending()}

    async def judge(state: SearchState) -> dict[str, Any]:
        await closing.judge()
        return {"pending": pending()}

    def after_select(state: SearchState) -> Literal["dispatch", "finalise"]:
        # After a fault of one attempt the others are still waited for: their work is paid for.
        busy = workers.busy if workers.stop else bool(state["pending"])
        return "dispatch" if busy else "finalise"

    graph: SearchGraph = StateGraph(SearchState)
    for node in (select, dispatch, collect, finalise, judge):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "select")
    graph.add_conditional_edges("select", after_select)
    graph.add_edge("dispatch", "collect")
    graph.add_edge("collect", "select")
    graph.add_edge("finalise", "judge")
    graph.add_edge("judge", END)
    return graph
