"""What only the client on litellm does. What all clients do is in test_live.py."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from agentkit.contracts.messages import Image, Message, ToolCall, ToolOffer
from agentkit.errors import MissingRequirement, ModelProblem
from agentkit.models.litellm_model import LitellmModel, dialect_of, settle
from agentkit.models.streaming import Assembly, BrokenOff

SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


def test_a_missing_key_is_named_before_any_connection(monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for name in ("openai/gpt-4o", "gpt-4o"):
        with pytest.raises(MissingRequirement, match="needs a key") as caught:
            ask(LitellmModel(name))
        assert "export OPENAI_API_KEY=" in str(caught.value)
        assert "scripted/" in str(caught.value)


def test_ollama_is_asked_through_the_route_that_has_tools(server: Any, ask: Any) -> None:
    call = {"function": {"name": "shell", "arguments": {"command": "ls"}}}
    message = {"role": "assistant", "content": "", "tool_calls": [call]}
    server.says("unused")
    server.answers[0].body = {"model": "x", "message": message, "done": True, "eval_count": 2}
    model = LitellmModel("ollama/x", base_url=server.url.removesuffix("/v1"))
    reply = ask(model, tools=(SHELL,))
    assert reply.message.tool_calls[0].arguments == {"command": "ls"}
    assert reply.usage.dollars is None
    assert model.name == "ollama/x"


def test_a_model_without_tools_says_which_coder_to_use(server: Any, ask: Any) -> None:
    class Plain(LitellmModel):
        route = "ollama/x"  # the provider of litellm that has none

    with pytest.raises(ModelProblem, match="cannot call tools") as caught:
        ask(Plain("openai/x", base_url=server.url), tools=(SHELL,))
    assert "--coder edit" in str(caught.value)
    assert not server.requests


def anthropic_stream(*events: dict[str, Any]) -> str:
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)


def block(index: int, **begins: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": begins}


def grows(index: int, kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **parts}}


THOUGHT: tuple[dict[str, Any], ...] = (
    {
        "type": "message_start",
        "message": {
            "id": "m", "type": "message", "role": "assistant", "content": [], "model": "claude-sonnet-4-5",
            "stop_reason": None, "usage": {"input_tokens": 20, "output_tokens": 1},
        },
    },
    block(0, type="thinking", thinking="", signature=""),
    grows(0, "thinking_delta", thinking="I should "),
    grows(0, "thinking_delta", thinking="look."),
    grows(0, "signature_delta", signature="S1GNED"),
    {"type": "content_block_stop", "index": 0},
    block(1, type="tool_use", id="t1", name="shell", input={}),
    grows(1, "input_json_delta", partial_json='{"command":'),
    grows(1, "input_json_delta", partial_json=' "ls"}'),
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
)  # fmt: skip


def test_signed_reasoning_marks_and_pictures_reach_anthropic(
    server: Any, monkeypatch: pytest.MonkeyPatch, ask: Any
) -> None:
    """Against what Anthropic's own protocol looks like on the wire, both ways."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
    server.answers.append(server.answer(body=anthropic_stream(*THOUGHT), kind="text/event-stream"))
    model = LitellmModel(
        "anthropic/claude-sonnet-4-5", base_url=server.url.removesuffix("/v1"), reasoning_effort="low"
    )
    opening = (Message(role="system", text="Be brief."), Message(role="user", text="Look."))
    reply = ask(model, messages=opening, tools=(SHELL,))
    assert reply.message.tool_calls == (ToolCall(id="t1", name="shell", arguments={"command": "ls"}),)
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.upper_bound) == (20, 9, False)
    assert reply.usage.dollars
    picture = Image(media_type="image/png", data="aGVsbG8=")
    result = Message(role="tool", text="a plot", tool_call_id="t1", images=(picture,))
    ask(model, messages=(*opening, reply.message, result), tools=(SHELL,))
    sent = server.requests[1]
    mark = {"type": "ephemeral"}
    assert sent["system"][0]["cache_control"] == mark
    assert sent["messages"][0]["content"][-1]["cache_control"] == mark, "the end of the request before"
    thinking, use = sent["messages"][1]["content"]
    assert (thinking["thinking"], thinking["signature"]) == ("I should look.", "S1GNED")
    assert use["id"] == "t1"
    (answer,) = sent["messages"][2]["content"]
    assert (answer["type"], answer["cache_control"]) == ("tool_result", mark)
    assert [part["type"] for part in answer["content"]] == ["text", "image"]


def test_what_litellm_makes_up_at_the_end_of_a_stream_is_taken_back() -> None:
    reply = Assembly()
    reply.finish, reply.usage = "stop", {"prompt_tokens": 5}
    counts = SimpleNamespace(usage=None)
    settle(SimpleNamespace(received_finish_reason="stop", chunks=[counts]), reply)
    assert (reply.finish, reply.usage) == ("stop", None)
    ended = SimpleNamespace(received_finish_reason=None, intermittent_finish_reason=None, chunks=[])
    with pytest.raises(BrokenOff):
        settle(ended, reply)
    assert reply.finish is None


def test_only_anthropic_takes_pictures_in_results_and_marks() -> None:
    assert dialect_of("anthropic", None).images == "in results"
    assert dialect_of("anthropic", None).cache_marks
    assert dialect_of("openai", None).images == "after results"
    assert not dialect_of("openai", None).cache_marks


def test_a_process_that_calls_touches_no_other_network_and_prints_nothing(server: Any) -> None:
    """Nor does anything stay open when a loop ends: that would be a warning on stderr."""
    server.says("hello")
    program = f"""
import asyncio, gc, os, sys
asked = []
def heard(event, arguments):
    if event == "socket.connect":
        asked.append(arguments[1])
    elif event == "socket.getaddrinfo":
        asked.append(arguments[:2])
sys.addaudithook(heard)
from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from agentkit.models.litellm_model import LitellmModel
assert "litellm" not in sys.modules
position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
request = ModelRequest(position=position, messages=(Message(role="user", text="Hi"),))
for _ in range(2):
    asyncio.run(LitellmModel("openai/tiny", base_url={server.url!r}).reply(request))
gc.collect()
elsewhere = [one for one in asked if one != ("127.0.0.1", {server.http.server_port})]
assert not elsewhere, elsewhere
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert len(server.requests) == 2
