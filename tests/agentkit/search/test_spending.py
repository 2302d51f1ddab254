from __future__ import annotations

import asyncio
import random
import shutil
import time
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import AttemptSpent, BudgetSpent
from agentkit.graph.drive import drive
from agentkit.search.ask import ask
from agentkit.search.conversation import Conversation, opening
from agentkit.search.spending import SHORTEST_REPLY, bound_of, reserve, seconds_left

DRAFT = Expansion(operator="draft")
PRICE = Price(input=3.0, output=15.0)


class Greedy:
    """Bills as much as it may: every byte of the input as a token, and all of `max_tokens`, at random."""

    name = "scripted/greedy"
    offers_tools = True

    def __init__(self, inner: Any, seed: int) -> None:
        self.inner = inner
        self.random = random.Random(seed)
        self.billed = 0.0
        self.tokens = 0

    async def reply(self, request: ModelRequest) -> Reply:
        assert request.max_tokens is not None, "under a cap every call has its maximum"
        await asyncio.sleep(0)
        size = sum(len(each.model_dump_json().encode()) for each in request.messages)
        usage = Usage(
            input_tokens=size,
            output_tokens=self.random.choice([1, request.max_tokens]),
        )
        dollars = (usage.input_tokens * PRICE.input + usage.output_tokens * PRICE.output) / 1e6
        self.billed += dollars
        self.tokens += usage.input_tokens + usage.output_tokens
        return Reply(
            message=self.inner.message(request.position), usage=usage.model_copy(update={"dollars": dollars})
        )


class Nothing:
    async def finalise(self, reason: str) -> None:
        return None

    async def judge(self) -> None:
        return None


def finish(run: Any) -> None:
    try:
        asyncio.run(drive(run, Nothing(), run.folder / "checkpoints.sqlite"))
    finally:
        run.journal.close()


@pytest.mark.parametrize("block", range(4))
def test_no_random_budget_is_ever_passed(bench: Any, number_model: Any, list_policy: Any, block: int) -> None:
    """Fifty a block, two hundred in all: dollars, tokens and attempts, at width one to four."""
    choose = random.Random(block)
    for _ in range(50):
        budget = Budget(
            attempts=choose.randint(1, 4),
            dollars=choose.choice([None, choose.uniform(0.0, 1.5)]),
            tokens=choose.choice([None, choose.randint(0, 150_000)]),
            attempt_dollars=choose.choice([None, choose.uniform(0.0, 0.5)]),
        )
        model = Greedy(number_model(["5", "7", "9"]), choose.randint(0, 10**6))
        if budget.dollars is None and budget.tokens is None:
            budget = budget.model_copy(update={"tokens": 100_000})
        run = bench.open(
            list_policy([DRAFT] * 6),
            model,
            budget=budget,
            width=choose.randint(1, 4),
            cards={model.name: ModelCard(price=PRICE, output_tokens=8_000)},
        )
        finish(run)
        state = run.journal.state
        assert len(state.selected) <= (budget.attempts or 0)
        assert state.ledger.spent.tokens == model.tokens
        assert state.ledger.spent.dollars == pytest.approx(model.billed)
        if budget.dollars is not None:
            assert model.billed <= budget.dollars + 1e-9
        if budget.tokens is not None:
            assert model.tokens <= budget.tokens
        if budget.attempt_dollars is not None:
            for attempt, cost in state.ledger.by_attempt.items():
                assert (cost.dollars or 0.0) <= budget.attempt_dollars + 1e-9, attempt
        shutil.rmtree(run.folder)


def test_the_wall_clock_is_kept_within_a_heartbeat(bench: Any, number_model: Any, list_policy: Any) -> None:
    class Slow:
        name = "scripted/slow"
        offers_tools = True

        async def reply(self, request: ModelRequest) -> Reply:
            await asyncio.sleep(30)
            raise AssertionError("it is cancelled before")

    run = bench.open(list_policy([DRAFT]), Slow(), budget=Budget(minutes=0.02))
    began = time.monotonic()
    finish(run)
    assert time.monotonic() - began < 1.2 + 1.0
    assert [each.id for each in run.journal.state.pending] == ["a1"], "it stays pending, for a larger cap"


def test_time_is_kept_back_for_measuring_the_answer(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([DRAFT]), number_model(["5"]), budget=Budget(minutes=60), measurements=3)
    run.journal.append("run_started")
    whole = seconds_left(run)
    finish(run)
    slow = next(iter(run.journal.state.tree.attempts.values()))
    outcome = slow.outcome.model_copy(update={"seconds": 100.0})
    run.journal.state.tree.add(slow.model_copy(update={"id": "a2", "outcome": outcome}))
    kept = seconds_left(run)
    assert whole is not None
    assert kept is not None
    assert 350 < whole - kept < 380, "three evaluations of a hundred seconds, and a fifth more"
    rest = seconds_left(run, reserve_for_answer=False)
    assert rest is not None
    assert whole - rest < 10


def test_a_useless_remainder_is_not_spent(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([]), number_model(["5"]), budget=Budget(tokens=1000))
    run.journal.append("selected", "a1", **DRAFT.model_dump(mode="json"))
    conversation = Conversation(opening("s", "u" * (1000 - SHORTEST_REPLY)))
    with pytest.raises(BudgetSpent, match="1,000 tokens"):
        reserve(run.work("a1"), ModelCard(), conversation, "k")
    bound, most = reserve(run.work("a1"), ModelCard(), Conversation(opening("s", "u")), "k")
    assert most is not None
    assert bound.input_tokens + bound.output_tokens == 1000
    run.journal.close()


def test_a_cap_of_one_attempt_ends_that_attempt_only(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([]), number_model(["5"]), budget=Budget(attempt_tokens=100))
    run.journal.append("selected", "a1", **DRAFT.model_dump(mode="json"))
    with pytest.raises(AttemptSpent, match="attempt a1"):
        reserve(run.work("a1"), ModelCard(), Conversation(opening("s", "u")), "k")
    run.journal.close()
    shutil.rmtree(run.folder)
    run = bench.open(list_policy([DRAFT] * 2), number_model(["5"]), budget=Budget(attempt_tokens=100))
    finish(run)
    statuses = [each.outcome.status for each in run.journal.state.tree.attempts.values()]
    assert statuses == ["invalid", "invalid"], "both came to an end without a call, and the run went on"


def test_attempts_that_ask_in_the_same_moment_do_not_share_what_is_left_twice(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    """Twenty ask before the first of them is in the journal; there is room for three."""
    model = Greedy(number_model(["5"]), 0)
    run = bench.open(list_policy([]), model, budget=Budget(tokens=4_000), longest_reply=1_000)
    for number in range(20):
        run.journal.append("selected", f"a{number + 1}", **DRAFT.model_dump(mode="json"))

    async def all_at_once() -> list[Any]:
        works = [run.work(f"a{number + 1}") for number in range(20)]
        asking = (ask(work, "plan", 0, Conversation(opening("s", "u"))) for work in works)
        return await asyncio.gather(*asking, return_exceptions=True)

    ends = asyncio.run(all_at_once())
    run.journal.close()
    assert {type(end) for end in ends} == {Reply, BudgetSpent}
    assert model.tokens <= 4_000


def test_without_a_price_there_is_no_bound_in_dollars(bench: Any) -> None:
    assert bound_of(None, 10, 10).dollars is None
    assert bound_of(PRICE, 1_000_000, 100_000).dollars == pytest.approx(4.5)


def test_once_counted_the_input_is_bounded_by_the_providers_count() -> None:
    conversation = Conversation(opening("system " * 1000, "user"))
    before = conversation.most_tokens
    answer = Message(role="assistant", text="yes")
    conversation.add_reply(Reply(message=answer, usage=Usage(input_tokens=1500, output_tokens=2)))
    assert before > 7000
    assert 1502 <= conversation.most_tokens < 1700
    conversation.add(Message(role="user", text="x" * 400))
    assert conversation.most_tokens >= 1502 + 400
    assert conversation.likely_tokens < conversation.most_tokens
