"""What every client of a live model does, over real HTTP: each test runs with litellm and without."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.contracts.messages import (
    CallPosition,
    Image,
    Message,
    ModelRequest,
    Reply,
    ToolCall,
    ToolOffer,
)
from agentkit.contracts.model import ModelCard, Price

SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
PICTURE = Image(media_type="image/png", data="aGVsbG8=")
URL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
CHEAP = ModelCard(price=Price(input=1.0, output=10.0, cached_input=0.1, source="the user"))


def test_a_plain_reply_with_its_usage(server: Any, live: Any, ask: Any) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "total_tokens": 130,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    server.says("hello", usage=usage)
    reply = ask(live())
    assert reply.message == Message(role="assistant", text="hello")
    assert reply.usage.model_dump() == {
        "input_tokens": 100,
        "output_tokens": 30,
        "cached_tokens": 64,
        "reasoning_tokens": 20,
        "dollars": None,  # nobody knows what `tiny` costs
        "upper_bound": False,
    }
    assert reply.model in ("tiny-2026", "tiny"), "what the server says; litellm's streams hide it"
    assert reply.finish_reason == "stop"
    assert 0 < reply.seconds < 20
    assert server.requests[0]["model"] == "tiny"
    assert server.requests[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]


def test_a_known_model_has_a_price_whatever_name_the_server_echoes(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    cost = ask(live("openai/gpt-4o")).usage.dollars
    assert cost is not None
    assert 0 < cost < 0.01


def test_tool_calls_go_out_and_come_back(server: Any, live: Any, ask: Any) -> None:
    server.says(None, calls=[("c1", "shell", '{"command": "ls"}'), ("c2", "shell", '{"command": "pwd"}')])
    reply = ask(live(), tools=(SHELL,))
    assert reply.message.tool_calls == (
        ToolCall(id="c1", name="shell", arguments={"command": "ls"}),
        ToolCall(id="c2", name="shell", arguments={"command": "pwd"}),
    )
    assert reply.finish_reason == "tool_calls"
    assert server.requests[0]["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "shell",
                "description": "Run a command.",
                "parameters": dict(SHELL.parameters),
            },
        }
    ]


def test_a_conversation_with_calls_and_results_is_sent_whole(server: Any, live: Any, ask: Any) -> None:
    server.says("done")
    broken = ToolCall(id="c2", name="shell", malformed='{"command": "l')
    said = (
        Message(role="user", text="Look around."),
        Message(
            role="assistant",
            tool_calls=(ToolCall(id="c1", name="shell", arguments={"command": "ls"}), broken),
        ),
        Message(role="tool", text="train.py", tool_call_id="c1"),
        Message(role="tool", text="", tool_call_id="c2"),
    )
    ask(live(), messages=said, tools=(SHELL,))
    user, assistant, first, second = server.requests[0]["messages"]
    assert user == {"role": "user", "content": "Look around."}
    sent = [call["function"]["arguments"] for call in assistant["tool_calls"]]
    assert sent == ['{"command": "ls"}', '{"malformed_arguments": "{\\"command\\": \\"l"}']
    assert first == {"role": "tool", "tool_call_id": "c1", "content": "train.py"}
    assert second["content"], "an empty content is refused by some providers"


def test_malformed_arguments_are_kept_for_the_coder_to_answer(server: Any, live: Any, ask: Any) -> None:
    server.says(
        None, calls=[("c1", "shell", '{"command": "ls'), ("c2", "shell", "[1]"), ("c3", "submit", "")]
    )
    cut, array, empty = ask(live(), tools=(SHELL,)).message.tool_calls
    assert (cut.malformed, cut.arguments) == ('{"command": "ls', {})
    assert array.malformed == "[1]"
    assert (empty.malformed, empty.arguments) == ("", {})


def test_settings_go_out_where_the_model_takes_them(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    ask(live(temperature=0.2, max_tokens=50), max_tokens=40)
    assert server.requests[0]["temperature"] == 0.2
    assert 40 in (server.requests[0].get("max_tokens"), server.requests[0].get("max_completion_tokens"))


def test_settings_stay_home_where_it_does_not(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    ask(live("openai/gpt-4o", reasoning_effort="high"))
    ask(live("openai/o3", reasoning_effort="high", temperature=0.3))
    plain, reasoning = server.requests
    assert "reasoning_effort" not in plain
    assert reasoning["reasoning_effort"] == "high"
    assert "temperature" not in reasoning


def test_a_schema_is_enforced_where_it_can_be(server: Any, live: Any, ask: Any) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    server.says('{"score": 1}')
    assert ask(live("openai/gpt-4o"), reply_schema=schema).message.text == '{"score": 1}'
    sent = server.requests[0]
    assert sent["response_format"]["json_schema"]["schema"] == schema
    assert "schema" not in sent["messages"][-1]["content"]


def test_a_schema_is_asked_for_in_words_elsewhere(server: Any, live: Any, ask: Any) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    server.says('Sure:\n```json\n{"score": 1}\n```\n')
    assert ask(live(), reply_schema=schema).message.text == '{"score": 1}'
    sent = server.requests[0]
    assert "response_format" not in sent
    assert '"score"' in sent["messages"][-1]["content"]


def test_the_key_of_the_environment_is_used(
    server: Any, monkeypatch: pytest.MonkeyPatch, live: Any, ask: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-mine")
    server.says("hello")
    ask(live())
    assert server.keys == ["Bearer secret-of-mine"]


def test_many_calls_at_once(server: Any, live: Any) -> None:
    server.says("hello")

    async def all_of_them() -> list[Reply]:
        model = live()
        position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
        request = ModelRequest(position=position, messages=(Message(role="user", text="Hi"),))
        return list(await asyncio.gather(*(model.reply(request) for _ in range(20))))

    assert {reply.message.text for reply in asyncio.run(all_of_them())} == {"hello"}
    assert len(server.requests) == 20
