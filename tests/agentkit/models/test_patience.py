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

from agentkit.errors import ModelProblem
from agentkit.models.failures import Failure
from agentkit.models.patience import Patience, Transient, call_patiently, wait_before

BUSY = Failure("busy", "slow down")


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
        asyncio.run(call_patiently(call, "x", Patience(tries=3, first_wait=0.0)))
    assert len(calls) == 3
    assert "Tried 3 times" in str(caught.value)


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
