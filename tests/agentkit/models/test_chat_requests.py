"""What other programs send, read into messages; and replies written so that they read back as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.contracts.messages import Message, Reply, ToolCall, Usage
from agentkit.models.chat import read_message, to_chat, to_chat_tools
from agentkit.models.chat_requests import (
    BadRequest,
    read_chat_request,
    written_chunks,
    written_reply,
)
from agentkit.models.streaming import Assembly

HELLO = {"role": "user", "content": "Hello"}
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
texts = st.text(st.characters(codec="utf-8"))
plain = st.dictionaries(texts, texts | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=3)
calls = st.builds(ToolCall, id=texts.filter(bool), name=texts.filter(bool), arguments=plain) | st.builds(
    ToolCall, id=texts.filter(bool), name=texts.filter(bool), malformed=st.just('{"half": ')
)
messages = st.builds(
    Message,
    role=st.just("assistant"),
    text=texts,
    tool_calls=st.lists(calls, max_size=3, unique_by=lambda each: each.id).map(tuple),
)


def nested(value: Any) -> Any:
    """Where a client could put anything."""
    return st.fixed_dictionaries(
        {"messages": st.lists(st.fixed_dictionaries({"role": value, "content": value}), max_size=2)},
        optional={"tools": value, "n": value, "max_tokens": value, "response_format": value, "model": value},
    )


@settings(max_examples=60)
@given(anything | nested(anything) | nested(st.sampled_from(["user", "assistant", "tool", [{}], None, 5])))
def test_whatever_comes_is_read_or_refused(body: Any) -> None:
    try:
        assert read_chat_request(body).messages
    except BadRequest as refusal:
        assert refusal.message


def test_a_whole_request() -> None:
    tool = {"type": "function", "function": {"name": "sh", "description": "Run.", "parameters": {"x": 1}}}
    asked = read_chat_request(
        {
            "model": "agentkit",
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [said("Look: "), said("!")]},
                {"role": "assistant", "tool_calls": [call("c1", '{"a": 1}'), call("c2", "{")]},
                {"role": "tool", "tool_call_id": "c1", "content": "seen"},
                {"role": "user", "content": [picture("data:image/png;base64,AAAA")], "name": "x"},
            ],
            "tools": [tool],
            "max_completion_tokens": 5,
            "max_tokens": 7,
            "temperature": 0.3,
            "stream": True,
            "stream_options": {"include_usage": True},
            "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
        }
    )
    assert [(each.role, each.text) for each in asked.messages] == [
        ("system", "Be brief."), ("user", "Look: !"), ("assistant", ""), ("tool", "seen"), ("user", ""),
    ]  # fmt: skip
    assert asked.messages[2].tool_calls == (
        ToolCall(id="c1", name="sh", arguments={"a": 1}),
        ToolCall(id="c2", name="sh", malformed="{"),
    )
    assert asked.messages[3].tool_call_id == "c1"
    assert asked.messages[4].images[0].data == "AAAA"
    assert to_chat_tools(asked.tools) == [tool]
    assert (asked.max_tokens, asked.reply_schema) == (5, {"type": "object"})
    assert asked.stream and asked.stream_usage


def call(identity: str, arguments: str) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": "sh", "arguments": arguments}}


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def picture(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def test_no_tool_is_offered_where_none_may_be_called() -> None:
    tool = {"type": "function", "function": {"name": "sh"}}
    assert read_chat_request({"messages": [HELLO], "tools": [tool], "tool_choice": "none"}).tools == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"messages": []}, "messages is empty"),
        ({"messages": [HELLO, {"role": "oracle", "content": ""}]}, r"messages\[1\]: the role 'oracle'"),
        ({"messages": [{"role": "user", "content": [picture("http://x/y.png")]}]}, "sent itself"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "'input_audio'"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, r"messages\[0\] cannot be read"),
        ({"messages": [{"role": "assistant", "tool_calls": [call("c", "[" * 100_000)]}]}, "cannot be read"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]}, "an object was expected"),
        ({"messages": [{"role": "assistant", "function_call": {"name": "x"}}]}, "use tool_calls"),
        ({"tools": [{"type": "web_search"}]}, r"tools\[0\]: a tool of the type 'web_search'"),
        ({"tools": [{"type": "function", "function": {}}]}, r"tools\[0\] cannot be read"),
        ({"n": 2}, "one choice"),
    ],
)
def test_a_refusal_names_the_place_and_the_cause(change: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        read_chat_request({"messages": [HELLO], **change})


@given(message=messages, tokens=st.integers(0, 10**6), streamed=st.booleans())
def test_a_reply_reads_back_as_it_was(message: Message, tokens: int, streamed: bool) -> None:
    """By our own reader of other servers, whole and in pieces; and as history in the next request."""
    reply = Reply(message=message, usage=Usage(input_tokens=tokens, output_tokens=3, dollars=0.5))
    assembly = Assembly()
    if streamed:
        for chunk in written_chunks(reply, "m", "x", 0):
            assembly.add(json.loads(json.dumps(chunk)))
    else:
        assembly.add_whole(json.loads(json.dumps(written_reply(reply, "m", "x", 0))))
    assert read_message(assembly.message()) == message
    assert assembly.finish == "stop"
    assert assembly.usage["prompt_tokens"] == tokens
    assert assembly.usage["cost"] == 0.5
    if not any(each.malformed for each in message.tool_calls) and message.text:
        again = read_chat_request({"messages": [HELLO, *to_chat([message])]})
        assert again.messages[1] == message


def test_an_unknown_price_is_not_said_to_be_nothing() -> None:
    reply = Reply(message=Message(role="assistant", text="x"))
    assert "cost" not in written_reply(reply, "m", "x", 0)["usage"]
    assert [chunk.get("usage") for chunk in written_chunks(reply, "m", "x", 0, usage=False)] == [None, None]
