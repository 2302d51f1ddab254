"""Our messages and the chat format."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import Image, Message, ToolCall, Usage
from agentkit.models.chat import Dialect, message_to_chat, read_call, read_message, read_usage, to_chat

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


@pytest.mark.parametrize("tokens", ["many", -4, None, float("nan"), [1], {}])
def test_a_count_that_is_nonsense_is_zero(tokens: Any) -> None:
    assert read_usage({"prompt_tokens": tokens, "completion_tokens": 3}, None) == Usage(output_tokens=3)


PICTURE = Image(media_type="image/png", data="aGk=")
PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


def conversation() -> tuple[Message, ...]:
    called = tuple(ToolCall(id=f"c{number}", name="shell") for number in (1, 2))
    return (
        Message(role="system", text="Be brief."),
        Message(role="user", text="Look.", images=(PICTURE,)),
        Message(role="assistant", tool_calls=called),
        Message(role="tool", tool_call_id="c1", images=(PICTURE,)),
        Message(role="tool", text="a word", tool_call_id="c2"),
        Message(role="assistant", text="I see."),
    )


def test_pictures_go_where_the_provider_takes_them() -> None:
    _, user, _, first, second, shown, last = to_chat(conversation())
    assert user["content"] == [{"type": "text", "text": "Look."}, PART]
    assert isinstance(first["content"], str)
    assert second["tool_call_id"] == "c2"
    assert (shown["role"], shown["content"][1:]) == ("user", [PART])
    assert last["content"] == "I see."
    inside = to_chat(conversation(), Dialect(images="in results"))
    assert inside[3]["content"] == [PART]
    assert len(inside) == len(conversation())


def test_a_blind_model_reads_that_there_was_a_picture() -> None:
    blind = to_chat(conversation(), Dialect(images="none"))
    assert "aGk=" not in json.dumps(blind)
    assert blind[1]["content"].startswith("Look.\n(A picture")
    assert "picture" in blind[3]["content"]


def marked(chats: list[dict[str, Any]]) -> list[int]:
    return [place for place, chat in enumerate(chats) if "cache_control" in json.dumps(chat)]


def test_cache_marks_end_the_instructions_the_last_request_and_this_one() -> None:
    dialect = Dialect(images="in results", cache_marks=True)
    said = conversation()
    assert marked(to_chat(said[:5], dialect)) == [0, 1, 4]
    assert marked(to_chat(said[:2], dialect)) == [0, 1]
    assert marked(to_chat(said[:1], dialect)) == [0]
    assert marked(to_chat((), dialect)) == []
    assert marked(to_chat(said)) == []
    (tool,) = to_chat(said[4:5], dialect)
    assert (tool["content"], tool["cache_control"]) == ("a word", {"type": "ephemeral"})


@given(st.lists(st.sampled_from(["user", "assistant", "tool"]), max_size=12), st.booleans())
def test_there_are_never_more_marks_than_four_nor_on_an_answer(roles: list[Any], system: bool) -> None:
    said = [Message(role="system", text="s")] if system else []
    said += [Message(role=role, text="x") for role in roles]
    chats = to_chat(said, Dialect(cache_marks=True))
    assert len(marked(chats)) <= 3


def test_what_a_provider_signed_goes_back_to_it_and_to_nobody_else() -> None:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "S"}]
    function = {"name": "shell", "arguments": "{}"}
    call = {"id": "c1", "function": function, "extra_content": {"google": {"thought_signature": "T"}}}
    chat = {"content": "so", "thinking_blocks": blocks, "reasoning_content": "hm", "tool_calls": [call]}
    message = read_message(chat, "anthropic/x")
    sent = message_to_chat(message, Dialect(name="anthropic/x"))
    assert sent["thinking_blocks"] == blocks
    assert "reasoning_content" not in sent, "the blocks say it already"
    assert sent["tool_calls"][0]["extra_content"] == call["extra_content"]
    other = message_to_chat(message, Dialect(name="openai/x"))
    assert set(other) == {"role", "content", "tool_calls"}
    assert set(other["tool_calls"][0]) == {"id", "type", "function"}
    assert Message.model_validate_json(message.model_dump_json()) == message, "as the journal keeps it"
    assert read_message(chat).opaque == {}
