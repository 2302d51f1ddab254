"""The graph of one attempt: route → plan | debug → code → run → review.

The state holds an id and two small values; contents are in the journal. A stage is a super-step;
a model turn is not.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph

from agentkit.search.stages import Stages

AttemptGraph = StateGraph[Any, Any, Any, Any]


class AttemptState(TypedDict):
    """`repair` counts how often the attempt has mended its own crash."""

    attempt: str
    repair: int
    again: bool


def build_attempt(stages: Stages) -> AttemptGraph:
    """Wire the stages; `run` leads back to `code` where the scaffold allows a quick repair."""

    async def route(state: AttemptState) -> dict[str, Any]:
        return {"repair": 0, "again": False}

    async def plan(state: AttemptState) -> dict[str, Any]:
        await stages.plan(state["attempt"])
        return {"again": False}

    async def debug(state: AttemptState) -> dict[str, Any]:
        await stages.debug(state["attempt"])
        return {"again": False}

    async def code(state: AttemptState) -> dict[str, Any]:
        await stages.code(state["attempt"], state["repair"])
        return {"again": False}

    async def run(state: AttemptState) -> dict[str, Any]:
        outcome = await stages.run(state["attempt"], state["repair"])
        again = stages.may_repair(state["attempt"], state["repair"], outcome)
        return {"again": again, "repair": state["repair"] + again}

    async def review(state: AttemptState) -> dict[str, Any]:
        await stages.review(state["attempt"], state["repair"])
        return {"again": False}

    def opening(state: AttemptState) -> Literal["plan", "debug", "code"]:
        return stages.route(state["attempt"])

    def after_run(state: AttemptState) -> Literal["code", "review"]:
        return "code" if state["again"] else "review"

    graph: AttemptGraph = StateGraph(AttemptState)
    for node in (route, plan, debug, code, run, review):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "route")
    graph.add_conditional_edges("route", opening)
    graph.add_edge("plan", "code")
    graph.add_edge("debug", "code")
    graph.add_edge("code", "run")
    graph.add_conditional_edges("run", after_run)
    graph.add_edge("review", END)
    return graph
