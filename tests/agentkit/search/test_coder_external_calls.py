"""Calls of an agent that come to nothing: refused in between, or answered when nobody listened any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.attempt import Expansion
from agentkit.contracts.messages import Message, ModelRequest, Reply
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import ModelProblem
from agentkit.models.chat_requests import ChatRequest
from agentkit.search.coder_external import ExternalCoder
from agentkit.search.operators import EXTERNAL
from agentkit.search.stages import Stages
from tests.agentkit.search.shelling_model import Shelling

AGENT = Path(__file__).with_name("stub_agent.py")


@pytest.fixture
def begin(bench: Any) -> Any:
    """`begin(model, how)`: a run whose next attempt, a1, is the stub agent's."""

    def begun(model: Any, how: str = "work") -> Stages:
        argv = f"python {AGENT} {{prompt_file}} {how}"
        told = {"argv": argv, "seconds": 60.0, "grace_seconds": 0.5, "folders": (AGENT.parent,)}
        operator = replace(EXTERNAL, agent=AgentCommand.model_validate(told))
        run = bench.open(None, model)
        run.journal.append("selected", "a1", **Expansion(operator="external").model_dump(mode="json"))
        scaffold = Scaffold(None, {"external": operator})  # type: ignore[arg-type]
        return Stages(replace(run, scaffold=scaffold))

    return begun


def worked(stages: Stages) -> float | None:
    """The attempt's fitness after all its stages."""

    async def all_of_them() -> None:
        await stages.code("a1")
        await stages.run("a1")
        await stages.review("a1")

    asyncio.run(all_of_them())
    return stages.run_context.journal.state.tree.attempts["a1"].fitness


def test_failures_that_are_not_in_a_row_do_not_end_it(begin: Any) -> None:
    class Shaky(Shelling):
        async def reply(self, request: ModelRequest) -> Reply:
            reply = await super().reply(request)
            if request.position.stage == "code" and len(self.asked) % 2:
                raise ModelProblem("once more")
            return reply

    model = Shaky()
    stages = begin(model, "patient")
    assert worked(stages) == 42.0
    assert model.coded == list(range(8)), "each of four calls failed once"
    results = stages.run_context.journal.state.results
    assert results["a1", "coded0"]["submitted"] is True


def test_a_reply_that_its_client_did_not_wait_for_is_given_again(begin: Any) -> None:
    """At no cost, and of two alike the older one first; what was given is not given twice."""
    model = Shelling()
    stages = begin(model)
    work = stages._work("a1")
    coder = ExternalCoder(work, work.open_workspace(work.base), work.operator.agent, "Do it.")

    async def asked() -> tuple[ChatRequest, str]:
        request = ChatRequest("agentkit", (Message(role="user", text="x"),))
        reply = await coder.answer(request)
        return request, reply.message.tool_calls[0].id

    async def calls() -> None:
        first, _ = await asked()
        second, _ = await asked()
        assert len(model.asked) == 2, "asked twice, so answered twice"
        coder.undelivered(second)
        coder.undelivered(first)
        again = [await asked() for _ in range(2)]
        assert [coder._given[request][1] for request, _ in again] == [0, 1]
        assert len(model.asked) == 2
        await asked()
        assert len(model.asked) == 3

    asyncio.run(calls())
    assert stages.run_context.journal.state.ledger.spent.calls == 3
