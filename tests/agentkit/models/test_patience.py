"""Trying again: how often, how long, and when not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import AsyncRetrying, Future, RetryCallState

from agentkit.contracts.messages import Usage
from agentkit.errors import ContextOverflow, ModelProblem
from agentkit.models.bounds import usage_of, with_usage
from agentkit.models.failures import Failure
from agentkit.models.patience import Patience, Transient, call_patiently, total, wait_before

BUSY = Failure("busy", "slow down")
BOUND = Usage(input_tokens=100, output_tokens=50, dollars=0.5, upper_bound=True)


def failing(times: int, failure: Failure = BUSY) -> tuple[Callable[[], Awaitable[str]], list[float]]:
    """A call that fails so often, and when it was made."""
    calls: list[float] = []

    async def call() -> str:
        calls.append(time.monotonic())
        if len(calls) <= times:
            raise Transient(failure)
        return "answer"

    return call, calls


def test_it_tries_until_it_is_answered() -> None:
    call, calls = failing(3)
    assert asyncio.run(call_patiently(call, "x", Patience(tries=4, first_wait=0.0))) == "answer"
    assert len(calls) == 4


def test_the_number_of_tries_is_bounded() -> None:
    call, calls = failing(99)
    with pytest.raises(ModelProblem, match="limiting our rate") as caught:
        asyncio.run(call_patiently(call, "x", Patience(busy_tries=3, first_wait=0.0)))
    assert len(calls) == 3
    assert "Tried 3 times" in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "patience", "made"),
    [
        (Failure("server", "oops"), Patience(tries=4, cut_tries=2, busy_tries=9, first_wait=0.0), 4),
        (Failure("timeout", "late"), Patience(tries=4, cut_tries=2, busy_tries=9, first_wait=0.0), 2),
        (Failure("reply", "what?"), Patience(tries=4, cut_tries=2, busy_tries=9, first_wait=0.0), 2),
        (Failure("cut", "gone"), Patience(tries=2, cut_tries=3, busy_tries=9, first_wait=0.0), 2),
        (BUSY, Patience(tries=4, cut_tries=2, busy_tries=9, first_wait=0.0), 9),
    ],
)
def test_what_may_be_billed_is_tried_less_often_and_what_is_free_more_often(
    failure: Failure, patience: Patience, made: int
) -> None:
    call, calls = failing(99, failure)
    with pytest.raises(ModelProblem):
        asyncio.run(call_patiently(call, "x", patience))
    assert len(calls) == made


def test_a_conversation_that_is_too_long_is_an_error_of_its_own() -> None:
    async def call() -> str:
        raise Failure("context", "9 tokens, 8 fit").problem("x")

    with pytest.raises(ContextOverflow, match="longer than the model can read"):
        asyncio.run(call_patiently(call, "x", Patience()))


def test_within_a_budget_patience_only_shrinks() -> None:
    patience = Patience(seconds=10.0)
    assert patience.within(None) is patience
    assert patience.within(60.0) == patience
    assert patience.within(2.5).seconds == 2.5
    assert patience.within(-1.0).seconds == 0.0


def test_a_try_that_outlasts_the_budget_is_ended() -> None:
    async def call() -> str:
        await asyncio.sleep(60)
        return "too late"

    began = time.monotonic()
    with pytest.raises(ModelProblem, match="no reply came in time") as caught:
        asyncio.run(call_patiently(call, "x", Patience().within(0.2), bound=BOUND))
    assert 0.2 <= time.monotonic() - began < 1.0
    assert usage_of(caught.value) == BOUND


def test_no_try_is_made_without_time() -> None:
    call, calls = failing(0)
    with pytest.raises(ModelProblem) as caught:
        asyncio.run(call_patiently(call, "x", Patience().within(0.0), bound=BOUND))
    assert not calls
    assert usage_of(caught.value) is None


def test_a_clock_of_the_call_itself_is_left_alone() -> None:
    async def call() -> str:
        raise TimeoutError("the call's own")

    with pytest.raises(TimeoutError, match="the call's own"):
        asyncio.run(call_patiently(call, "x", Patience()))


def test_what_cut_tries_may_have_cost_is_known_with_an_answer_and_without() -> None:
    cut = Failure("cut", "gone")
    patience = Patience(cut_tries=3, first_wait=0.0)
    lost: list[Usage] = []
    call, _ = failing(2, cut)
    assert asyncio.run(call_patiently(call, "x", patience, bound=BOUND, lost=lost)) == "answer"
    assert lost == [BOUND, BOUND]
    call, _ = failing(3, cut)
    with pytest.raises(ModelProblem) as caught:
        asyncio.run(call_patiently(call, "x", patience, bound=BOUND))
    assert usage_of(caught.value) == total([BOUND] * 3)


def test_a_try_that_knows_its_cost_is_counted_at_that() -> None:
    failures = [Transient(Failure("cut", "gone"), Usage(input_tokens=3, upper_bound=True)), Transient(BUSY)]

    async def call() -> str:
        if failures:
            raise failures.pop()
        raise with_usage(Failure("refused", "no").problem("x"), Usage(input_tokens=5, dollars=1.0))

    with pytest.raises(ModelProblem, match="refused the content") as caught:
        asyncio.run(call_patiently(call, "x", Patience(first_wait=0.0), bound=BOUND))
    assert usage_of(caught.value) == Usage(input_tokens=8, upper_bound=True)


counts = st.integers(0, 10**9)
usages = st.builds(
    Usage, input_tokens=counts, output_tokens=counts, dollars=st.none() | st.floats(0, 100), upper_bound=...
)


@given(st.lists(usages))
def test_a_total_claims_no_more_than_is_known(parts: list[Usage]) -> None:
    whole = total(parts)
    assert whole.input_tokens == sum(each.input_tokens for each in parts)
    assert whole.output_tokens == sum(each.output_tokens for each in parts)
    assert (whole.dollars is None) == any(each.dollars is None for each in parts)
    assert whole.upper_bound == any(each.upper_bound for each in parts)


def test_the_time_is_bounded_before_a_wait_is_begun() -> None:
    call, calls = failing(99, Failure("busy", "later", retry_after=5.0))
    began = time.monotonic()
    with pytest.raises(ModelProblem):
        asyncio.run(call_patiently(call, "x", Patience(seconds=1.0)))
    assert len(calls) == 1
    assert time.monotonic() - began < 1.0


def test_any_other_error_passes_at_once() -> None:
    calls = []

    async def call() -> str:
        calls.append(1)
        raise ModelProblem("bad key")

    with pytest.raises(ModelProblem, match="bad key"):
        asyncio.run(call_patiently(call, "x", Patience()))
    assert len(calls) == 1


def state_after(attempt: int, failure: Failure) -> RetryCallState:
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    state.outcome = Future(attempt)
    state.outcome.set_exception(Transient(failure))
    return state


@given(st.integers(1, 10_000), st.floats(0, 5), st.floats(0, 60))
def test_waits_grow_but_never_past_the_longest(attempt: int, first: float, longest: float) -> None:
    wait = wait_before(state_after(attempt, BUSY), Patience(first_wait=first, longest_wait=longest))
    assert 0.0 <= wait <= min(longest, first * 2.0 ** min(attempt - 1, 60))


@given(st.integers(1, 50), st.floats(0, 10_000))
def test_a_provider_is_never_asked_sooner_than_it_said(attempt: int, asked: float) -> None:
    wait = wait_before(state_after(attempt, Failure("busy", "", asked)), Patience())
    assert asked <= wait <= 1.1 * asked


def test_a_rate_limit_is_waited_out_for_as_long_as_it_says(server: Any, live: Any, ask: Any) -> None:
    server.fails(429, "slow down", Retry_After="0.4")
    server.says("at last")
    began = time.monotonic()
    assert ask(live()).message.text == "at last"
    assert time.monotonic() - began >= 0.4
    assert len(server.requests) == 2


def test_a_wait_longer_than_our_patience_is_not_begun(server: Any, live: Any, ask: Any) -> None:
    server.fails(429, "slow down", Retry_After="3600")
    with pytest.raises(ModelProblem, match="limiting our rate"):
        ask(live())
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_passing_fault_is_tried_again(server: Any, status: int, live: Any, ask: Any) -> None:
    server.fails(status, "oops")
    server.fails(status, "oops")
    server.says("fine")
    assert ask(live()).message.text == "fine"
    assert len(server.requests) == 3


def test_a_lasting_fault_ends_after_the_last_try(server: Any, live: Any, ask: Any) -> None:
    server.fails(500, "the disk is on fire")
    with pytest.raises(ModelProblem, match="the provider fails") as caught:
        ask(live())
    assert "the disk is on fire" in caught.value.lines[0]
    assert caught.value.lines[1].startswith("Tried 4 times in ")
    assert len(server.requests) == 4


def test_a_cut_connection_is_tried_again(server: Any, live: Any, ask: Any) -> None:
    server.says("unused")
    server.answers[0].cut = True
    server.says("fine")
    assert ask(live()).message.text == "fine"


def test_a_server_that_goes_away_is_waited_for(server: Any, unused_port: int, live: Any, ask: Any) -> None:
    server.says("hello")
    model = live()
    assert ask(model).message.text == "hello"
    model.base_url = f"http://127.0.0.1:{unused_port}/v1"
    with pytest.raises(ModelProblem, match="cannot be reached") as caught:
        ask(model)
    assert "Tried 4 times" in str(caught.value)
