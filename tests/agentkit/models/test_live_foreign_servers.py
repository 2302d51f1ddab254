"""The clients against servers that we did not write: llama.cpp's own, and litellm's proxy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolOffer
from agentkit.errors import ContextOverflow, ModelProblem
from agentkit.models.direct import DirectModel
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.live import LiveModel
from agentkit.models.patience import Patience
from tests.agentkit.models.llama import CONTEXT, llama
from tests.agentkit.models.scripted_gguf import build, reply_text

pytestmark = pytest.mark.real

SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
SCORE = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
ASKED: tuple[Message, ...] = (
    Message(role="system", text="Be brief."),
    Message(role="user", text="Look around."),
)


@pytest.fixture(scope="module")
def scripted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    replies = [
        reply_text("I look.", ("shell", {"command": "ls -l"})),
        reply_text("Both now.", ("shell", {"command": "cat a"}), ("shell", {"command": 'echo "é"'})),
        reply_text("", ("shell", {"command": "rm a"})),
        "All done.",
    ]
    with llama(build(tmp_path_factory.mktemp("model") / "scripted.gguf", replies)) as url:
        yield url


@pytest.fixture(params=[DirectModel, LitellmModel], ids=["direct", "litellm"])
def client(request: pytest.FixtureRequest) -> type[LiveModel]:
    kind: type[LiveModel] = request.param
    return kind


def request_of(messages: tuple[Message, ...] = ASKED, **changes: Any) -> ModelRequest:
    position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
    return ModelRequest(position=position, messages=messages, **changes)


def test_a_conversation_with_tools_to_its_end(client: type[LiveModel], scripted_server: str) -> None:
    """Four turns; each is sent all that was said, and llama.cpp parses the calls out of the model's text."""

    async def talk() -> list[Reply]:
        model = client("openai/scripted", base_url=scripted_server)
        said, replies = ASKED, []
        for _ in range(4):
            reply = await model.reply(request_of(said, tools=(SHELL,), max_tokens=50))
            replies.append(reply)
            results = [
                Message(role="tool", text=f"ran {call.arguments['command']}", tool_call_id=call.id)
                for call in reply.message.tool_calls
            ]
            said = (*said, reply.message, *results)
        return replies

    replies = asyncio.run(talk())
    commands = [[call.arguments["command"] for call in reply.message.tool_calls] for reply in replies]
    assert commands == [["ls -l"], ["cat a", 'echo "é"'], ["rm a"], []]
    assert [reply.message.text.strip() for reply in replies] == ["I look.", "Both now.", "", "All done."]
    assert [reply.finish_reason for reply in replies] == ["tool_calls"] * 3 + ["stop"]
    identities = [call.id for reply in replies for call in reply.message.tool_calls]
    assert len(set(identities)) == 4
    sizes = [reply.usage.input_tokens for reply in replies]
    assert sizes == sorted(sizes)
    assert sizes[0] > 100, "its own count"
    assert [reply.usage.output_tokens for reply in replies] == [2, 2, 2, 2], (
        "a reply is one token and its end"
    )
    assert replies[-1].usage.cached_tokens > 100, "llama.cpp kept the beginning"
    assert not any(reply.usage.upper_bound for reply in replies)
    assert {reply.usage.dollars for reply in replies} == {None}


def test_many_conversations_at_once(client: type[LiveModel], scripted_server: str) -> None:
    async def talk() -> list[Reply]:
        model = client("openai/scripted", base_url=scripted_server)
        return await asyncio.gather(*(model.reply(request_of(tools=(SHELL,))) for _ in range(40)))

    replies = asyncio.run(talk())
    assert {reply.message.tool_calls[0].arguments["command"] for reply in replies} == {"ls -l"}


def test_a_schema_that_the_server_enforces(client: type[LiveModel], scripted_server: str) -> None:
    """The weights have never heard of a score: the grammar alone makes the JSON."""
    model = client("openai/gpt-4o", base_url=scripted_server)
    reply = asyncio.run(model.reply(request_of(reply_schema=SCORE, max_tokens=60)))
    value = json.loads(reply.message.text)
    assert set(value) == {"score"}
    assert isinstance(value["score"], int)


def test_a_conversation_that_is_too_long(client: type[LiveModel], scripted_server: str) -> None:
    model = client("openai/scripted", base_url=scripted_server)
    long = Message(role="user", text="word " * CONTEXT)
    with pytest.raises(ContextOverflow, match="longer than the model can read") as caught:
        asyncio.run(model.reply(request_of((*ASKED, long))))
    assert "context size" in caught.value.lines[0]


def test_a_wrong_key(client: type[LiveModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    with llama(build(tmp_path / "m.gguf", ["Hello."]), CONTEXT, "right") as url:
        model = client("openai/scripted", base_url=url)
        with pytest.raises(ModelProblem, match="does not accept the key"):
            asyncio.run(model.reply(request_of()))
        monkeypatch.setenv("OPENAI_API_KEY", "right")
        assert asyncio.run(model.reply(request_of())).message.text.strip() == "Hello."


def test_a_server_that_is_killed_in_the_middle(client: type[LiveModel], tmp_path: Path) -> None:
    """Before the next call, so that it finds nobody; it is told which address was tried."""
    patience = Patience(tries=2, first_wait=0.01)
    with llama(build(tmp_path / "m.gguf", ["Hello."])) as url:
        model = client("openai/scripted", base_url=url, patience=patience)
        asyncio.run(model.reply(request_of()))
    with pytest.raises(ModelProblem, match="cannot be reached") as caught:
        asyncio.run(model.reply(request_of()))
    assert "nothing listens at 127.0.0.1" in str(caught.value)
