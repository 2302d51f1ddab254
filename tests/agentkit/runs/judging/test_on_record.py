from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply
from agentkit.errors import BudgetSpent, ModelProblem
from agentkit.runs.judging.on_record import JudgeOnRecord, digest_of
from tests.agentkit.judge.panel.scene import ScriptedJudge, reply

POSITION = CallPosition(attempt="", operator="judge", nth=0, stage="judge", index=0)
REQUEST = ModelRequest(
    position=POSITION, messages=(Message(role="user", text="Is it there?"),), max_tokens=500
)


class Echo(ScriptedJudge):
    async def reply(self, request: ModelRequest) -> Reply:
        self.requests.append(request)
        return reply("yes", self.usage)


class Broken(ScriptedJudge):
    async def reply(self, request: ModelRequest) -> Reply:
        raise ModelProblem("no answer")


def ask(run: Any, model: ScriptedJudge) -> Reply:
    return asyncio.run(JudgeOnRecord(run, model).reply(REQUEST))


def test_a_call_is_in_the_runs_journal_with_its_bound_and_its_cost(bench: Any) -> None:
    run = bench.open(None, None)
    kinds: list[str] = []
    run.journal.observers.append(lambda event: kinds.append(event.kind))
    assert ask(run, Echo()).message.text == "yes"
    assert kinds == ["asked", "reply"]
    spent = run.journal.state.ledger.spent
    assert (spent.calls, spent.tokens, spent.dollars) == (1, 1100, 0.002)
    assert run.journal.state.ledger.open_calls == {}


def test_a_call_that_failed_is_no_longer_under_way(bench: Any) -> None:
    run = bench.open(None, None)
    with pytest.raises(ModelProblem, match="no answer"):
        ask(run, Broken())
    assert run.journal.state.ledger.open_calls == {}


def test_under_a_cap_the_reply_is_as_long_as_it_leaves_room_for(bench: Any) -> None:
    echo = Echo()
    ask(bench.open(None, None, budget=Budget(attempts=1, tokens=700)), echo)
    (asked,) = echo.requests
    assert asked.max_tokens is not None and 256 <= asked.max_tokens <= 500


@pytest.mark.parametrize("budget", [Budget(attempts=1, tokens=50), Budget(attempts=1, dollars=0.0001)])
def test_a_call_that_could_pass_a_cap_is_not_made(bench: Any, budget: Budget) -> None:
    echo = Echo()
    with pytest.raises(BudgetSpent):
        ask(bench.open(None, None, budget=budget), echo)
    assert echo.requests == []


def test_once_the_runs_minutes_are_over_nobody_is_asked(bench: Any) -> None:
    run = bench.open(None, None, budget=Budget(attempts=1, minutes=0.001))
    run.journal.append("note", text="a while ago")
    run.journal.state.worked += 60
    echo = Echo()
    with pytest.raises(BudgetSpent, match="minutes"):
        ask(run, echo)
    assert echo.requests == []


def test_the_digest_is_of_all_that_an_answer_depends_on() -> None:
    other = REQUEST.model_copy(update={"messages": (Message(role="user", text="Is it gone?"),)})
    schema = REQUEST.model_copy(update={"reply_schema": {"type": "object"}})
    longer = REQUEST.model_copy(update={"max_tokens": 9, "seconds_left": 3.0})
    assert len({digest_of(each) for each in (REQUEST, other, schema)}) == 3
    assert digest_of(longer) == digest_of(REQUEST)
