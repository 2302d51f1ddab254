"""The clients against a server that fails in every way that providers do, over real HTTP."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolOffer, Usage
from agentkit.errors import ContextOverflow, ModelProblem
from agentkit.models.bounds import lost_of, usage_of
from agentkit.models.direct import DirectModel
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.live import LiveModel
from agentkit.models.patience import Patience
from tests.agentkit.models.fault_server import (
    CUT,
    FAULTS,
    WRONG_USAGES,
    Fault,
    Faults,
    FaultServer,
)

SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
PASSING: tuple[Fault, ...] = ("busy", "busy_later", "error", "unavailable")
CLIENTS = (DirectModel, LitellmModel)
CALLS = int(os.environ.get("AGENTKIT_CALLS", "2000"))
PATIENCE = Patience(tries=5, cut_tries=3, busy_tries=50, seconds=60.0, first_wait=0.01, longest_wait=0.1)


@pytest.fixture(scope="module", params=CLIENTS, ids=["direct", "litellm"])
def client(request: pytest.FixtureRequest) -> type[LiveModel]:
    if request.param is LitellmModel:
        load_litellm()  # takes seconds, which would pass for a stall of the first call
        warm = FaultServer()
        asyncio.run(LitellmModel("openai/tiny", base_url=warm.url).reply(request_of("warm")))
        warm.close()
    kind: type[LiveModel] = request.param
    return kind


@pytest.fixture
def servers() -> Iterator[list[FaultServer]]:
    running: list[FaultServer] = []
    yield running
    for server in running:
        server.close()


def request_of(label: str) -> ModelRequest:
    return ModelRequest(
        position=CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0),
        messages=(Message(role="system", text="Be brief."), Message(role="user", text=f"{label} go on")),
        tools=(SHELL,),
        max_tokens=100,
    )


def model_of(client: type[LiveModel], server: FaultServer, **changes: Any) -> LiveModel:
    settings: dict[str, Any] = {"stall_seconds": 0.7, "timeout_seconds": 10.0, "patience": PATIENCE}
    return client("openai/tiny", base_url=server.url, **(settings | changes))


def outcome(model: LiveModel, label: str = "one") -> Reply | ModelProblem:
    try:
        return asyncio.run(model.reply(request_of(label)))
    except ModelProblem as problem:
        return problem


def agrees(end: Reply | ModelProblem, server: FaultServer, label: str) -> bool:
    """Whether the books do: to the token for an answer that went out whole, as a bound for each cut try."""
    whole, cut = server.billed(label, whole=True), server.billed(label, whole=False)
    if isinstance(end, Reply):
        own, lost = end.usage, lost_of(end)
        return matches(own, whole) and (matches(lost, cut) if lost else cut == (0, 0))
    usage, both = usage_of(end), server.billed(label)
    return matches(usage, both) if usage else both == (0, 0)


def matches(usage: Usage, billed: tuple[int, int]) -> bool:
    if usage.upper_bound:
        return usage.input_tokens >= billed[0] and usage.output_tokens >= billed[1]
    return (usage.input_tokens, usage.output_tokens) == billed


@pytest.mark.parametrize("fault", [*PASSING, *sorted(CUT)])
def test_what_passes_is_tried_again_and_paid_for(
    client: type[LiveModel], servers: list[FaultServer], fault: Fault
) -> None:
    server = FaultServer(Faults({"one": [fault, fault, None]}), retry_after="0.1")
    servers.append(server)
    reply = outcome(model_of(client, server))
    assert isinstance(reply, Reply)
    assert reply.message.text == "This is the answer to one."
    assert reply.message.tool_calls[0].arguments == {"command": "echo one"}
    assert [call.fault for call in server.calls] == [fault, fault, None]
    assert not reply.usage.upper_bound
    assert (lost_of(reply) is not None) == (fault in CUT)
    assert agrees(reply, server, "one")


@pytest.mark.parametrize("fault", sorted(CUT))
def test_what_is_cut_off_again_and_again_ends_in_an_error_with_its_bound(
    client: type[LiveModel], servers: list[FaultServer], fault: Fault
) -> None:
    server = FaultServer(Faults({"one": [fault] * 9}))
    servers.append(server)
    problem = outcome(model_of(client, server))
    assert isinstance(problem, ModelProblem)
    assert len(server.calls) == PATIENCE.cut_tries
    usage = usage_of(problem)
    assert usage is not None
    assert usage.upper_bound
    assert agrees(problem, server, "one")
    assert "Tried 3 times" in str(problem)


@pytest.mark.parametrize("fault", ["error", "unavailable"])
def test_a_lasting_fault_ends_in_an_error_that_cost_nothing(
    client: type[LiveModel], servers: list[FaultServer], fault: Fault
) -> None:
    server = FaultServer(Faults({"one": [fault] * 9}))
    servers.append(server)
    problem = outcome(model_of(client, server))
    assert isinstance(problem, ModelProblem)
    assert "the provider fails" in problem.message
    assert len(server.calls) == PATIENCE.tries
    assert usage_of(problem) is None


def test_odd_answers_are_answers(client: type[LiveModel], servers: list[FaultServer]) -> None:
    odd: tuple[Fault, ...] = ("cut_arguments", "unknown_tool", "empty")
    server = FaultServer(Faults({fault: [fault] for fault in odd}))
    servers.append(server)
    replies = {fault: outcome(model_of(client, server), fault) for fault in odd}
    cut, unknown, empty = (replies[fault] for fault in odd)
    assert isinstance(cut, Reply)
    assert isinstance(unknown, Reply)
    assert isinstance(empty, Reply)
    assert cut.message.tool_calls[0].malformed == '{"command": "ls -'
    assert cut.finish_reason == "length"
    assert unknown.message.tool_calls[0].name == "teleport", "the coder says that there is no such tool"
    assert (empty.message.text, empty.message.tool_calls) == ("", ())
    for fault, reply in zip(odd, (cut, unknown, empty), strict=True):
        assert agrees(reply, server, fault)
        assert not reply.usage.upper_bound
    assert len(server.calls) == 3, "each was paid for and none is asked again"


def test_a_refusal_is_an_error_that_was_paid_for(client: type[LiveModel], servers: list[FaultServer]) -> None:
    server = FaultServer(Faults({"one": ["refusal"]}))
    servers.append(server)
    problem = outcome(model_of(client, server))
    assert isinstance(problem, ModelProblem)
    assert "refused the content" in problem.message
    usage = usage_of(problem)
    assert usage is not None
    assert not usage.upper_bound
    assert agrees(problem, server, "one")


def test_an_overflow_is_an_error_of_its_own(client: type[LiveModel], servers: list[FaultServer]) -> None:
    server = FaultServer(Faults({"one": ["overflow"]}))
    servers.append(server)
    problem = outcome(model_of(client, server))
    assert isinstance(problem, ContextOverflow)
    assert len(server.calls) == 1
    assert usage_of(problem) is None


def test_impossible_counts_are_replaced_by_a_bound(
    client: type[LiveModel], servers: list[FaultServer]
) -> None:
    server = FaultServer(Faults({"one": ["wrong_usage"] * len(WRONG_USAGES)}))
    servers.append(server)
    for _ in WRONG_USAGES:
        server.calls.clear()
        reply = outcome(model_of(client, server))
        assert isinstance(reply, Reply)
        assert reply.usage.upper_bound
        assert agrees(reply, server, "one")


def test_a_budget_ends_a_stalled_call(client: type[LiveModel], servers: list[FaultServer]) -> None:
    server = FaultServer(Faults({"one": ["stall"] * 9}))
    servers.append(server)
    model = model_of(client, server, stall_seconds=60.0)
    began = time.monotonic()
    with pytest.raises(ModelProblem, match="no reply came in time") as caught:
        asyncio.run(model.reply(request_of("one").model_copy(update={"seconds_left": 0.5})))
    assert 0.5 <= time.monotonic() - began < 2.0
    assert agrees(caught.value, server, "one")


@pytest.mark.slow
@pytest.mark.real
def test_a_minute_of_silence_is_cut_by_a_shorter_clock_and_survived_by_a_longer_one(
    client: type[LiveModel], servers: list[FaultServer]
) -> None:
    """Nothing here is scaled down: 60 s within a reply and before one, with clocks of 5 s and of 90 s."""
    silent: dict[str, list[Fault | None]] = {"half": ["half", None], "none": ["stall", None]}
    server = FaultServer(Faults(silent), silence=60.0)
    other = FaultServer(Faults(silent), silence=60.0)
    servers += [server, other]
    told = {"timeout_seconds": 300.0, "patience": PATIENCE.model_copy(update={"seconds": 300.0})}
    brief = model_of(client, server, stall_seconds=5.0, **told)
    patient = model_of(client, other, stall_seconds=90.0, **told)

    async def timed(model: LiveModel, label: str) -> tuple[Reply, float]:
        began = time.monotonic()
        return await model.reply(request_of(label)), time.monotonic() - began

    async def all_of_them() -> list[tuple[Reply, float]]:
        return await asyncio.gather(*(timed(each, name) for each in (brief, patient) for name in silent))

    *cut, (half, took_half), (none, took_none) = asyncio.run(all_of_them())
    for reply, took in cut:
        assert 5.0 <= took < 45.0, "given up after five seconds, and answered by the second try"
        assert reply.message.tool_calls
        assert lost_of(reply) is not None, "the try that was cut off may have been billed"
    assert Counter(call.label for call in server.calls) == {"half": 2, "none": 2}
    assert min(took_half, took_none) >= 60.0, "waited for to its end"
    for reply in (half, none):
        assert (lost_of(reply), reply.usage.upper_bound) == (None, False)
    assert (half.message.text, none.message.text) == (
        "This is the answer to half.",
        "This is the answer to none.",
    )
    assert Counter(call.label for call in other.calls) == {"half": 1, "none": 1}, "nothing was asked twice"


async def storm(model: LiveModel, calls: int, at_once: int) -> dict[str, Reply | ModelProblem]:
    """Every call's end, by label."""
    ends: dict[str, Reply | ModelProblem] = {}
    waiting = [f"c{number}" for number in range(calls)]
    random.Random(7).shuffle(waiting)

    async def work() -> None:
        while waiting:
            label = waiting.pop()
            try:
                ends[label] = await model.reply(request_of(label))
            except ModelProblem as problem:
                ends[label] = problem

    await asyncio.gather(*(work() for _ in range(at_once)))
    return ends


@pytest.mark.slow
@pytest.mark.real
def test_thousands_of_calls_with_a_fifth_of_faults(
    client: type[LiveModel], servers: list[FaultServer]
) -> None:
    server = FaultServer(Faults(share=0.2, seed=1), retry_after="1")
    servers.append(server)
    # litellm's pieces cost so much CPU that on a busy machine fifty at once look like a silent server.
    calls, at_once, stall = (CALLS, 50, 2.0) if client is DirectModel else (CALLS // 4, 20, 3.0)
    model = model_of(client, server, stall_seconds=stall)
    ends = asyncio.run(asyncio.wait_for(storm(model, calls, at_once), 300))
    assert len(ends) == calls
    assert {call.fault for call in server.calls} == {None, *FAULTS}
    assert not [label for label, end in ends.items() if not agrees(end, server, label)]
    usages = {label: end.usage if isinstance(end, Reply) else usage_of(end) for label, end in ends.items()}
    exact = {label: usage for label, usage in usages.items() if usage is not None and not usage.upper_bound}
    billed = [call for call in server.calls if call.whole and call.label in exact]
    assert len(billed) == len(exact) > 0.9 * calls
    assert sum(each.input_tokens for each in exact.values()) == sum(each.input_tokens for each in billed)
    assert sum(each.output_tokens for each in exact.values()) == sum(each.output_tokens for each in billed)
    for label, end in ends.items():
        faults = [call.fault for call in server.calls if call.label == label]
        hopeless = faults[-1] in ("overflow", "refusal") or sum(each in CUT for each in faults) == 3
        assert isinstance(end, ModelProblem) == hopeless, (label, faults, end)
