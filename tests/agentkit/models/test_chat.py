"""Our messages and the chat format."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import Message, ToolCall, Usage
from agentkit.models.chat import message_to_chat, read_call, read_message, read_usage

names = st.text("abcdef_", min_size=1, max_size=8)
values = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
arguments = st.dictionaries(names, values | st.lists(values, max_size=3), max_size=4)


def as_received(chat: dict[str, Any]) -> SimpleNamespace:
    """What a client makes of the message that we sent."""
    calls = [
        SimpleNamespace(id=call["id"], function=SimpleNamespace(**call["function"]))
        for call in json.loads(json.dumps(chat.get("tool_calls", [])))
    ]
    return SimpleNamespace(content=chat["content"], tool_calls=calls)


@given(st.text(min_size=1), st.lists(st.tuples(names, arguments), max_size=4))
def test_an_assistant_message_comes_back_as_it_went(
    text: str, called: list[tuple[str, dict[str, Any]]]
) -> None:
    calls = tuple(ToolCall(id=f"c{n}", name=name, arguments=given) for n, (name, given) in enumerate(called))
    message = Message(role="assistant", text=text, tool_calls=calls)
    assert read_message(as_received(message_to_chat(message))) == message


@given(st.text())
def test_any_argument_text_is_an_object_or_malformed(text: str) -> None:
    call = read_call("c1", "shell", text)
    if call.malformed:
        assert (call.malformed, call.arguments) == (text, {})
    elif text.strip():
        assert json.loads(text) == call.arguments
    sent = message_to_chat(Message(role="assistant", tool_calls=(call,)))
    assert isinstance(json.loads(sent["tool_calls"][0]["function"]["arguments"]), dict)


def test_ids_are_made_unique() -> None:
    function = SimpleNamespace(name="shell", arguments="{}")
    chat = SimpleNamespace(
        content=None, tool_calls=[SimpleNamespace(id=one, function=function) for one in ("x", "x", None, "")]
    )
    ids = [call.id for call in read_message(chat).tool_calls]
    assert ids[0] == "x"
    assert len(set(ids)) == 4
    assert all(ids)


def test_text_in_parts_is_put_together() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    assert read_message(SimpleNamespace(content=parts, tool_calls=None)).text == "ab"


def test_what_a_provider_does_not_count_is_zero_but_its_price_is_unknown() -> None:
    assert read_usage(None, None) == Usage(dollars=None)
    counted = SimpleNamespace(prompt_tokens=5, completion_tokens=None, prompt_tokens_details=None)
    assert read_usage(counted, 0.5) == Usage(input_tokens=5, dollars=0.5)
