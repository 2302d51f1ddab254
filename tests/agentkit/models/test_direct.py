"""What only the direct client does. What all clients do is in test_live.py."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from typing import Any

import aiohttp
import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, ToolOffer
from agentkit.errors import ContextOverflow, ModelProblem
from agentkit.models.bounds import usage_of
from agentkit.models.direct import DirectModel, session_of_loop, words_of
from agentkit.models.patience import Patience

SHELL = ToolOffer(name="shell", description="Run a command.", parameters={"type": "object", "properties": {}})
REQUEST = ModelRequest(
    position=CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0),
    messages=(Message(role="user", text="Hi"),),
)


@pytest.fixture
def model(server: Any) -> DirectModel:
    return DirectModel("hosted_vllm/org/tiny", base_url=server.url)


def test_the_name_goes_out_without_its_provider(server: Any, model: DirectModel, ask: Any) -> None:
    server.says("hello")
    assert ask(model).model == "tiny-2026"
    assert server.requests[0]["model"] == "org/tiny"
    assert server.keys == [""], "no key, no header"


@pytest.mark.parametrize(
    ("name", "base_url", "address"),
    [
        ("openai/x", "http://host/v1", "http://host/v1/chat/completions"),
        ("openai/x", "http://host/v1/", "http://host/v1/chat/completions"),
        ("openai/x", "http://host/chat/completions", "http://host/chat/completions"),
        ("ollama/x", "http://host:11434", "http://host:11434/v1/chat/completions"),
        ("ollama/x", "http://host:11434/v1", "http://host:11434/v1/chat/completions"),
    ],
)
def test_where_requests_go(name: str, base_url: str, address: str) -> None:
    assert DirectModel(name, base_url=base_url).address == address


def test_a_server_that_does_not_stream_is_understood(server: Any, model: DirectModel, ask: Any) -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "shell", "arguments": "{}"}}] * 2
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    usage = {"prompt_tokens": 4, "completion_tokens": 5}
    server.says("unused")
    server.answers[0].body = json.dumps({"choices": [choice], "usage": usage})
    reply = ask(model, tools=(SHELL,))
    assert [call.id for call in reply.message.tool_calls] == ["c1", "c1-1"]
    assert (reply.usage.output_tokens, reply.finish_reason) == (5, "tool_calls")


def test_comments_and_lines_without_data_are_skipped(server: Any, model: DirectModel, ask: Any) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]}
    text = f": keep-alive\r\n\r\nevent: x\r\ndata:{json.dumps(chunk)}\r\n\r\ndata: [DONE]"
    server.answers.append(server.answer(body=text, kind="text/event-stream; charset=utf-8"))
    assert ask(model).message.text == "hello"


def test_a_very_long_line_is_read(server: Any, model: DirectModel, ask: Any) -> None:
    server.says("x" * 3_000_000)
    server.answers[0].body = json.dumps(server.answers[0].body)
    assert len(ask(model).message.text) == 3_000_000


def test_a_very_long_request_is_sent(server: Any, model: DirectModel, ask: Any) -> None:
    """aiohttp warns of bodies over a megabyte, which here would be an error."""
    server.says("hello")
    ask(model, messages=(Message(role="user", text="x" * 3_000_000),))
    assert len(server.requests[0]["messages"][0]["content"]) == 3_000_000


def test_text_that_is_no_unicode_does_not_stop_a_request(server: Any, model: DirectModel, ask: Any) -> None:
    server.says("hello")
    assert ask(model, messages=(Message(role="user", text="\udc80 é 漢"),)).message.text == "hello"
    assert server.requests[0]["messages"][0]["content"] == "? é 漢"


@pytest.mark.parametrize(
    ("error", "sort", "said"),
    [
        ({"message": "maximum context length is 8", "code": 400}, ContextOverflow, "8"),
        ({"message": "bad thing", "code": 422}, ModelProblem, "bad thing"),
        ("it broke", ModelProblem, "it broke"),
    ],
)
def test_an_error_within_a_stream_counts_by_its_code(
    server: Any, ask: Any, error: Any, sort: type[ModelProblem], said: str
) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "hel"}, "finish_reason": None}]}
    server.streams(chunk, {"error": error})
    with pytest.raises(sort, match=said) as caught:
        ask(DirectModel("openai/x", base_url=server.url, patience=Patience(tries=1)))
    assert usage_of(caught.value) is not None, "part of the reply had come"


def test_a_refusal_in_a_field_of_its_own(server: Any, model: DirectModel, ask: Any) -> None:
    delta = {"refusal": "I will not."}
    server.streams({"choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]}, "[DONE]")
    with pytest.raises(ModelProblem, match=r"refused the content[\s\S]*I will not\."):
        ask(model)


def test_a_redirect_is_not_followed_with_the_key(server: Any, ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    server.fails(307, "go there", Location=server.url + "/elsewhere")
    with pytest.raises(ModelProblem):
        ask(DirectModel("openai/x", base_url=server.url))
    assert len(server.requests) == 1


def test_a_line_lost_after_the_reply_costs_only_the_count(server: Any, model: DirectModel, ask: Any) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]}
    server.streams(chunk, cut=True)
    reply = ask(model)
    assert (reply.message.text, reply.usage.upper_bound, len(server.requests)) == ("hello", True, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"error": {"message": "no", "code": "insufficient_quota"}}', "no (insufficient_quota)"),
        ('{"error": {"message": "no", "type": "no"}}', "no"),
        ('{"error": "plain"}', "plain"),
        ('{"detail": "not found"}', "not found"),
        ("<html>", "<html>"),
        ("[1]", "[1]"),
        ("", "(no words)"),
    ],
)
def test_what_an_error_says(text: str, said: str) -> None:
    assert words_of(text) == said


def test_one_session_a_loop_closed_with_it(server: Any, model: DirectModel) -> None:
    server.says("hello")
    seen: list[aiohttp.ClientSession] = []

    async def twice() -> None:
        await asyncio.gather(model.reply(REQUEST), model.reply(REQUEST))
        seen.append(await session_of_loop())
        assert not seen[-1].closed
        assert await session_of_loop() is seen[-1]

    asyncio.run(twice())
    asyncio.run(twice())
    assert seen[0] is not seen[1]
    assert all(each.closed for each in seen)
    # By type(): isinstance() asks every object of the process for its class, and some answer with a warning.
    assert all(each.closed for each in gc.get_objects() if type(each) is aiohttp.ClientSession)


def test_a_process_that_calls_leaves_nothing_open_and_never_imports_litellm(server: Any) -> None:
    server.says("hello")
    program = f"""
import asyncio, sys
from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from agentkit.models.direct import DirectModel
assert "aiohttp" not in sys.modules
position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
request = ModelRequest(position=position, messages=(Message(role="user", text="Hi"),))
for _ in range(2):
    asyncio.run(DirectModel("openai/tiny", base_url={server.url!r}).reply(request))
assert "litellm" not in sys.modules
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
