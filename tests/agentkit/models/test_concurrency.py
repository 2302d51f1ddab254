"""The limit of an endpoint within a process, with scripted calls."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import ModelProblem
from agentkit.models.concurrency import Endpoint, Slot, TooLong, endpoint_of
from agentkit.models.failures import Failure
from agentkit.models.patience import Patience, Transient, call_patiently


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    return endpoint_of("openai", "http://127.0.0.1:9/v1", tmp_path)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 20))


@contextlib.asynccontextmanager
async def many_slots(endpoint: Endpoint, count: int) -> AsyncIterator[list[Slot]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(endpoint.slot()) for _ in range(count)]


async def cut_to(endpoint: Endpoint, calls: int) -> None:
    """A 429 while twice as many calls are running."""
    async with many_slots(endpoint, 2 * calls) as slots:
        slots[0].limited()
    assert endpoint.limit == calls


def test_one_endpoint_for_each_address_and_provider(tmp_path: Path) -> None:
    first = endpoint_of("openai", "http://localhost:8000/v1", tmp_path)
    assert endpoint_of("openai", "http://localhost:8000/v1/", tmp_path) is first
    others = [
        endpoint_of("openai", "http://localhost:8001/v1", tmp_path),
        endpoint_of("openai", "https://localhost:8000/v1", tmp_path),
        endpoint_of("hosted_vllm", "http://localhost:8000/v1", tmp_path),
        endpoint_of("openai", None, tmp_path),
    ]
    assert len({first, *others}) == 5
    secret = endpoint_of("openai", "http://me:secret@localhost:8000/v1", tmp_path)
    assert secret is first, "nor is a password part of any name"
    assert endpoint_of("openai", "http://localhost:nonsense/v1", tmp_path).limit is None
    assert not list(tmp_path.iterdir()), "nothing is written before there is a limit"


def test_without_a_429_nobody_waits_and_it_costs_next_to_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    async def many() -> None:
        async with many_slots(endpoint, 500):
            assert endpoint.running == 500
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(200):
                async with endpoint.slot(60.0) as slot:
                    slot.answered()
            best = min(best, (time.perf_counter() - began) / 200)
        assert best < 1e-4

    run(many())
    assert endpoint.limit is None
    assert not list(tmp_path.iterdir())


def test_a_429_halves_what_was_running_and_the_rest_waits_in_order(endpoint: Endpoint) -> None:
    order: list[int] = []
    most = 0

    async def call(number: int) -> None:
        nonlocal most
        async with endpoint.slot():
            order.append(number)
            most = max(most, endpoint.running)
            await asyncio.sleep(0.005)

    async def all_of_them() -> None:
        await cut_to(endpoint, 3)
        tasks = []
        for number in range(20):
            tasks.append(asyncio.create_task(call(number)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    run(all_of_them())
    assert order == list(range(20))
    assert most == 3
    assert endpoint.running == 0


def test_one_burst_of_429s_halves_only_once(endpoint: Endpoint) -> None:
    async def burst() -> None:
        async with many_slots(endpoint, 16) as slots:
            for slot in slots:
                slot.limited()
        assert endpoint.limit == 8
        async with many_slots(endpoint, 8) as slots:  # these began after the cut
            slots[0].limited()
        assert endpoint.limit == 4

    run(burst())


def test_answers_raise_the_limit_only_while_it_is_used(endpoint: Endpoint) -> None:
    async def answers(callers: int, calls: int) -> None:
        async def call() -> None:
            for _ in range(calls):
                async with endpoint.slot() as slot:
                    await asyncio.sleep(0)
                    slot.answered()

        await asyncio.gather(*(call() for _ in range(callers)))

    async def both() -> None:
        await cut_to(endpoint, 4)
        await answers(callers=2, calls=50)
        assert endpoint.limit == 4, "two at once say nothing of five"
        await answers(callers=8, calls=5)
        assert endpoint.limit is not None
        assert 5 <= endpoint.limit <= 8

    run(both())


def test_a_long_wait_closes_the_endpoint_and_a_short_one_does_not(endpoint: Endpoint) -> None:
    async def asked(seconds: float) -> None:
        async with endpoint.slot() as slot:
            slot.limited(seconds)

    async def both() -> None:
        await asked(1.0)
        async with endpoint.slot(0.5):
            pass
        await asked(60.0)
        began = time.monotonic()
        with pytest.raises(TooLong, match="asked for a wait of another"):
            async with endpoint.slot(5.0):
                pass
        assert time.monotonic() - began < 1.0, "what cannot come in time is not waited for"

    run(both())


def test_an_endpoint_opens_again(endpoint: Endpoint) -> None:
    async def wait() -> None:
        async with endpoint.slot() as slot:
            slot.limited(2.1)
        began = time.monotonic()
        async with endpoint.slot(10.0):
            assert 2.0 < time.monotonic() - began < 3.0

    run(wait())


def test_when_even_one_call_is_too_many_the_pauses_grow(endpoint: Endpoint) -> None:
    async def refused() -> None:
        gaps = []
        for _ in range(4):
            began = time.monotonic()
            async with endpoint.slot() as slot:
                gaps.append(time.monotonic() - began)
                slot.limited()
        assert gaps[1] < 0.2 <= gaps[2] < 0.45 <= gaps[3], "0, 0.25 and 0.5 s after the first 429s"

    run(refused())


def test_who_gives_up_or_is_cancelled_holds_nobody_up(endpoint: Endpoint) -> None:
    async def wait() -> None:
        await cut_to(endpoint, 1)
        holder = endpoint.slot()
        await holder.__aenter__()
        entered = asyncio.Event()

        async def queue(seconds: float) -> None:
            async with asyncio.timeout(seconds), endpoint.slot():
                entered.set()

        impatient, patient = asyncio.create_task(queue(0.05)), asyncio.create_task(queue(10))
        cancelled = asyncio.create_task(queue(10))
        await asyncio.sleep(0.1)
        cancelled.cancel()
        await holder.__aexit__(None, None, None)
        await patient
        assert entered.is_set()
        assert isinstance(impatient.exception(), TimeoutError)
        await asyncio.gather(cancelled, return_exceptions=True)
        async with endpoint.slot(1.0):
            assert endpoint.running == 1

    run(wait())


def test_a_call_that_waits_in_vain_says_for_what(endpoint: Endpoint) -> None:
    async def call() -> None:
        raise AssertionError("never let in")

    async def wait() -> None:
        await cut_to(endpoint, 1)
        async with endpoint.slot():
            with pytest.raises(ModelProblem, match="limiting our rate") as caught:
                await call_patiently(call, "x", Patience(seconds=0.2), endpoint=endpoint)
        assert "takes 1 calls at once" in str(caught.value)

    run(wait())


def test_patience_tells_the_endpoint_what_the_server_said(endpoint: Endpoint) -> None:
    patience = Patience(first_wait=0.001, tries=2, busy_tries=2)

    async def fails_once(failure: Failure) -> None:
        failures = [failure]

        async def call() -> str:
            await asyncio.sleep(0.01)  # so that all eight are under way
            if failures:
                raise Transient(failures.pop())
            return "answer"

        assert await call_patiently(call, "x", patience, endpoint=endpoint) == "answer"

    async def eight(failure: Failure) -> int | None:
        await asyncio.gather(*(fails_once(failure) for _ in range(8)))
        return endpoint.limit

    async def calls() -> None:
        assert await eight(Failure("server", "500")) is None
        assert await eight(Failure("timeout", "late")) is None
        assert await eight(Failure("busy", "429")) in (4, 5), "halved once; the answers may have raised it"
        assert await eight(Failure("server", "503", 0.01)) in (1, 2, 3), "who asks for a wait is limiting"

    run(calls())


def test_several_loops_in_threads_share_a_limit(endpoint: Endpoint) -> None:
    most: list[int] = []

    async def calls() -> None:
        async def call() -> None:
            async with endpoint.slot():
                most.append(endpoint.running)
                await asyncio.sleep(0.002)

        await asyncio.gather(*(call() for _ in range(20)))

    run(cut_to(endpoint, 2))
    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(most) == 60
    assert max(most) <= 2
