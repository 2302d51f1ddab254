"""Plan and execute: a graph of one's own. A plan in steps, each carried out alone, and a critic after each.

    cd examples/plan_and_execute && agentkit solve speedrun/record12 --scaffold plan_and_execute

The graph is an ordinary LangGraph graph. Its nodes get model, tools, sandbox and journal through `stages`;
whatever they ask is on record and counts towards the run's caps, so a run that was killed goes on where it
was. The state holds numbers alone: all words are in the journal.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from agentkit import AttemptTree, Expansion, Operator, Record, Scaffold, scaffold
from agentkit.search import memory
from agentkit.search.policy import OneByOne
from agentkit.search.stages import Stages

STEP = re.compile(r"^\s*\d+[.)]\s+(.+)$", re.MULTILINE)
CONTENT = "GO ON"
"""What a critic answers who wants nothing changed."""


class PlanAndExecuteSettings(Record):
    steps: int = Field(default=4, ge=1)
    remarks: int = Field(default=1, ge=0)
    """How often the critic may send one step back."""
    attempts: int = Field(default=8, ge=1)


class State(TypedDict):
    """Of one attempt. `passes`: how often it has written code; `remarks`: of these, at the critic's word."""

    attempt: str
    step: int
    passes: int
    remarks: int
    again: bool


def graph_of(settings: PlanAndExecuteSettings, stages: Stages) -> StateGraph[Any, Any, Any, Any]:
    """plan → execute → critic → (execute …) → run → review."""

    async def steps_of(attempt: str) -> list[str]:
        """What was planned once is on record and asked for no more."""
        text = await stages.plan(attempt)
        return STEP.findall(text)[: settings.steps] or [text]

    async def plan(state: State) -> dict[str, Any]:
        await stages.plan(state["attempt"])
        return {"step": 0, "passes": 0, "remarks": 0, "again": False}

    async def execute(state: State) -> dict[str, Any]:
        attempt, steps = state["attempt"], await steps_of(state["attempt"])
        step, count = state["step"], len(steps)
        request = f"Carry out step {step + 1} of {count} now, and no other:\n\n{steps[step]}"
        if state["again"]:
            said = await stages.consult(attempt, "critic", state["passes"] - 1)
            request += f"\n\nA critic of your first try says:\n\n{said}"
        await stages.code(attempt, state["passes"], request)
        return {"passes": state["passes"] + 1}

    async def critic(state: State) -> dict[str, Any]:
        attempt, steps = state["attempt"], await steps_of(state["attempt"])
        said = await stages.consult(attempt, "critic", state["passes"] - 1, step=steps[state["step"]])
        if CONTENT not in said and state["remarks"] < settings.remarks:
            return {"remarks": state["remarks"] + 1, "again": True}
        return {"step": state["step"] + 1, "remarks": 0, "again": False}

    async def after_critic(state: State) -> Literal["execute", "run"]:
        return "execute" if state["step"] < len(await steps_of(state["attempt"])) else "run"

    async def run(state: State) -> dict[str, Any]:
        await stages.run(state["attempt"], state["passes"] - 1)
        return {}

    async def review(state: State) -> dict[str, Any]:
        await stages.review(state["attempt"], state["passes"] - 1)
        return {}

    graph: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    for node in (plan, execute, critic, run, review):
        graph.add_node(node.__name__, node)
    for one, other in ((START, "plan"), ("plan", "execute"), ("execute", "critic"), ("run", "review")):
        graph.add_edge(one, other)
    graph.add_conditional_edges("critic", after_critic)
    graph.add_edge("review", END)
    return graph


class BestFirst(OneByOne):
    """From the best attempt there is; from the start files while nothing works."""

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        best = tree.best()
        return Expansion(operator="steps", parents=(best.id,) if best else ())


@scaffold
def plan_and_execute(settings: PlanAndExecuteSettings) -> Scaffold:
    """A plan in steps, each carried out alone and looked at by a critic (an example of one's own graph)."""
    return Scaffold(
        policy=BestFirst(),
        operators={"steps": Operator("steps", memory=memory.everything)},
        attempts=settings.attempts,
        graph=lambda stages: graph_of(settings, stages),
    )
