"""Pieces become a reply, however they are cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.models.chat import read_message
from agentkit.models.streaming import Assembly, Stalled, grow_block, without_stalls


def cut(text: str, places: list[int]) -> list[str]:
    bounds = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


def add(reply: Assembly, finish: str | None = None, **delta: Any) -> None:
    reply.add({"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


places = st.lists(st.integers(0, 10_000), max_size=8)
values = st.integers() | st.text(max_size=9)
arguments = st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=3)


@given(st.text(max_size=60), st.lists(arguments, max_size=4), places, st.randoms(use_true_random=False))
def test_whatever_is_cut_comes_together(
    text: str, calls: list[dict[str, Any]], where: list[int], random: Any
) -> None:
    """Calls may come interleaved; only the pieces of one are in order."""
    reply = Assembly()
    for part in cut(text, where):
        add(reply, content=part)
    queues = []
    for index, each in enumerate(calls):
        begin = {"index": index, "id": f"c{index}", "function": {"name": "shell", "arguments": ""}}
        add(reply, tool_calls=[begin])
        parts = cut(json.dumps(each), where)
        queues.append([{"index": index, "function": {"arguments": part}} for part in parts])
    while any(queues):
        add(reply, tool_calls=[random.choice([queue for queue in queues if queue]).pop(0)])
    add(reply, "stop")
    message = read_message(reply.message())
    assert message.text == text
    assert [(call.id, dict(call.arguments)) for call in message.tool_calls] == [
        (f"c{index}", each) for index, each in enumerate(calls)
    ]
    assert reply.finish == "stop"
    assert reply.bytes >= len(text.encode(errors="replace"))


@pytest.mark.parametrize("index", [0, None])
def test_calls_are_told_apart_where_a_server_numbers_them_badly(index: int | None) -> None:
    reply = Assembly()
    for number in (1, 2):
        function = {"name": "shell", "arguments": json.dumps({"n": number})}
        add(reply, tool_calls=[{"index": index, "id": f"c{number}", "function": function}])
    assert [call.arguments for call in read_message(reply.message()).tool_calls] == [{"n": 1}, {"n": 2}]


def test_an_identity_in_every_piece_is_one_call() -> None:
    reply = Assembly()
    for part in ('{"n"', ": 1}"):
        add(reply, tool_calls=[{"index": 0, "id": "c1", "function": {"name": "shell", "arguments": part}}])
    (call,) = read_message(reply.message()).tool_calls
    assert call.arguments == {"n": 1}


def test_arguments_that_are_an_object_already() -> None:
    reply = Assembly()
    add(reply, tool_calls=[{"function": {"name": "shell", "arguments": {"n": 1}}}])
    assert read_message(reply.message()).tool_calls[0].arguments == {"n": 1}


def test_a_reply_knows_whether_anything_came_and_why_it_ended() -> None:
    reply = Assembly()
    assert (reply.began, reply.finish, reply.bytes) == (False, None, 0)
    reply.add({"choices": [], "usage": {"prompt_tokens": 3}})
    assert (reply.began, reply.finish) == (True, None)
    add(reply, "length")
    reply.add({"choices": []})
    assert (reply.finish, reply.usage, reply.model) == ("length", {"prompt_tokens": 3}, "m")


def test_a_whole_reply_needs_a_choice() -> None:
    reply = Assembly()
    with pytest.raises(ValueError, match="without choices"):
        reply.add_whole({"object": "chat.completion"})
    reply.add_whole({"choices": [{"message": {"content": "hello"}}]})
    assert (reply.message()["content"], reply.finish) == ("hello", "stop")


def test_a_signature_ends_its_block_of_reasoning() -> None:
    blocks: list[dict[str, Any]] = []
    for text, signature in (("I ", None), ("think", None), ("", "S1"), ("again", None), ("", "S2")):
        grow_block(blocks, {"type": "thinking", "thinking": text, "signature": signature})
    grow_block(blocks, {"type": "redacted_thinking", "data": "x"})
    grow_block(blocks, {"type": "redacted_thinking", "data": "y"})
    assert blocks == [
        {"type": "thinking", "thinking": "I think", "signature": "S1"},
        {"type": "thinking", "thinking": "again", "signature": "S2"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "redacted_thinking", "data": "y"},
    ]


def test_only_silence_between_two_pieces_is_a_stall() -> None:
    async def pieces(*waits: float) -> AsyncIterator[float]:
        for wait in waits:
            await asyncio.sleep(wait)
            yield wait

    async def collect(*waits: float) -> list[float]:
        return [each async for each in without_stalls(pieces(*waits), 0.2)]

    assert asyncio.run(collect(0.1, 0.1, 0.1)) == [0.1, 0.1, 0.1], "longer than a stall as a whole"
    with pytest.raises(Stalled, match=r"0\.2 s"):
        asyncio.run(collect(0.0, 5.0))
