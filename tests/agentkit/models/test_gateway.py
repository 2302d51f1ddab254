"""The gateway behind a real Unix socket, asked by an HTTP client and by OpenAI's own library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import openai
import pytest

from agentkit.contracts.messages import Message, Reply, ToolCall, Usage
from agentkit.errors import AttemptSpent, BudgetSpent, ContextOverflow, ModelProblem, RunProblem
from agentkit.models.chat_requests import ChatRequest
from agentkit.models.gateway import ModelGateway

TOKEN = "only-for-this-test"
HELLO = {"model": "agentkit", "messages": [{"role": "user", "content": "Hello"}]}


class Echo:
    """Answers with a call of a tool where one is offered, else with what it was told last."""

    def __init__(self, problem: Exception | None = None, seconds: float = 0.0) -> None:
        self.problem = problem
        self.seconds = seconds
        self.asked: list[ChatRequest] = []
        self.ended: list[str] = []
        self.lost: list[ChatRequest] = []

    async def answer(self, request: ChatRequest) -> Reply:
        self.asked.append(request)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        if self.problem is not None:
            raise self.problem
        arguments = {"command": "ls"}
        calls = tuple(ToolCall(id="c1", name=each.name, arguments=arguments) for each in request.tools)
        text = "" if calls else request.messages[-1].text
        usage = Usage(input_tokens=11, output_tokens=7, dollars=0.25)
        reason = "tool_calls" if calls else "stop"
        message = Message(role="assistant", text=text, tool_calls=calls)
        return Reply(message=message, usage=usage, finish_reason=reason)

    def undelivered(self, request: ChatRequest) -> None:
        self.lost.append(request)


Work = Callable[[aiohttp.ClientSession, ModelGateway], Awaitable[Any]]


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    """`serve(echo, work)`: what `work` returns that is given a session to a gateway to `echo`."""

    def served(echo: Echo, work: Work, grace: float = 0.0, token: str = TOKEN) -> Any:
        async def go() -> Any:
            gateway = ModelGateway(echo, ["openai/real", "real"], TOKEN)
            await gateway.open(tmp_path / "s")
            connector = aiohttp.UnixConnector(str(tmp_path / "s"))
            headers = {"Authorization": f"Bearer {token}"}
            try:
                async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
                    return await work(session, gateway)
            finally:
                await gateway.close(grace)

        return asyncio.run(go())

    return served


async def ask(session: aiohttp.ClientSession, body: Any, path: str = "/v1/chat/completions") -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with session.post(f"http://gateway{path}", data=data) as response:
        return response.status, await response.json()


def test_a_reply_with_its_usage_under_either_path(serve: Any) -> None:
    async def work(session: aiohttp.ClientSession, _: ModelGateway) -> Any:
        return [await ask(session, HELLO, path) for path in ("/v1/chat/completions", "/chat/completions")]

    for status, said in serve(Echo(), work):
        assert status == 200
        assert said["choices"][0]["message"] == {"role": "assistant", "content": "Hello"}
        assert (said["model"], said["usage"]["total_tokens"], said["usage"]["cost"]) == ("agentkit", 18, 0.25)


@pytest.mark.parametrize(
    ("problem", "status", "kind", "code"),
    [
        (
            BudgetSpent("no dollar left", "Next: raise it"),
            402,
            "insufficient_quota",
            "budget_spent",
        ),
        (AttemptSpent("no turn left"), 402, "insufficient_quota", "budget_spent"),
        (ContextOverflow("too long"), 400, "invalid_request_error", "context_length_exceeded"),
        (ModelProblem("it is down"), 502, "api_error", "model_failed"),
        (RunProblem("the disk is full"), 500, "api_error", "failed"),
    ],
)
def test_what_keeps_a_reply_away_is_said_in_openais_form(
    serve: Any, problem: Any, status: int, kind: str, code: str
) -> None:
    said = serve(Echo(problem), lambda session, _: ask(session, HELLO))
    error = {"message": problem.message, "type": kind, "param": None, "code": code}
    assert said == (status, {"error": error}), "and nothing of this machine with it"


@pytest.mark.parametrize(
    ("body", "path", "status", "code"),
    [
        (b'{"messages": [', "/v1/chat/completions", 400, "bad_request"),
        (b"[" * 100_000, "/v1/chat/completions", 400, "bad_request"),
        ({"messages": "Hello"}, "/v1/chat/completions", 400, "bad_request"),
        ({**HELLO, "model": "gpt-of-somebody"}, "/v1/chat/completions", 404, "model_not_found"),
        (HELLO, "/v1/responses", 404, "unknown_url"),
        (HELLO, "/v1/embeddings", 404, "unknown_url"),
        (HELLO, "/v1/models", 405, "unknown_url"),
    ],
)
def test_what_it_does_not_take_does_not_reach_the_model(
    serve: Any, body: Any, path: str, status: int, code: str
) -> None:
    echo = Echo()
    found, said = serve(echo, lambda session, _: ask(session, body, path))
    assert (found, said["error"]["code"]) == (status, code)
    assert echo.asked == []


@pytest.mark.parametrize("token", ["", "wrong", "ünd"])
def test_without_the_token_nothing_is_said(serve: Any, token: str) -> None:
    echo = Echo()

    async def work(session: aiohttp.ClientSession, _: ModelGateway) -> Any:
        async with session.get("http://gateway/v1/models") as models:
            return models.status, await ask(session, HELLO)

    status, (also, said) = serve(echo, work, token=token)
    assert (status, also, said["error"]["code"]) == (401, 401, "invalid_api_key")
    assert echo.asked == []


def test_a_client_that_is_gone_may_ask_again(serve: Any) -> None:
    echo = Echo(seconds=0.3)

    async def work(session: aiohttp.ClientSession, _: ModelGateway) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask(session, HELLO)
        async with asyncio.timeout(20):
            while not echo.lost:
                await asyncio.sleep(0.02)

    serve(echo, work)
    assert echo.ended == ["answered"], "a call that was begun is paid for, so it is not given up"
    assert echo.lost == echo.asked


@pytest.mark.parametrize(("grace", "ended"), [(20.0, "answered"), (0.0, "cancelled")])
def test_the_end_waits_for_calls_for_so_long(serve: Any, grace: float, ended: str) -> None:
    echo = Echo(seconds=0.5)

    async def work(session: aiohttp.ClientSession, gateway: ModelGateway) -> None:
        asking = asyncio.ensure_future(ask(session, HELLO))
        while not echo.asked:
            await asyncio.sleep(0.01)
        await gateway.close(grace)
        await asyncio.gather(asking, return_exceptions=True)

    serve(echo, work, grace)
    assert echo.ended == [ended]


def test_openais_own_library_understands_it(serve: Any, tmp_path: Path) -> None:
    tool: Any = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}
    messages: Any = HELLO["messages"]

    async def work(_: aiohttp.ClientSession, gateway: ModelGateway) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "s"))
        async with openai.AsyncOpenAI(
            base_url="http://gateway/v1",
            api_key=TOKEN,
            max_retries=0,
            http_client=httpx.AsyncClient(transport=transport),
        ) as client:
            assert [each.id async for each in client.models.list()] == ["agentkit", "openai/real", "real"]
            assert (await client.models.retrieve("openai/real")).id == "openai/real"
            create = client.chat.completions.create
            whole: Any = await create(model="real", messages=messages, tools=[tool])
            assert whole.choices[0].message.tool_calls[0].function.arguments == '{"command": "ls"}'
            assert whole.usage.prompt_tokens == 11
            both = await asyncio.gather(*(create(model="real", messages=messages) for _ in range(5)))
            assert {each.choices[0].message.content for each in both} == {"Hello"}
            streamed = await create(
                model="real", messages=messages, stream=True, stream_options={"include_usage": True}
            )
            pieces: list[Any] = [piece async for piece in streamed]
            assert "".join(c.delta.content or "" for piece in pieces for c in piece.choices) == "Hello"
            assert pieces[-1].usage.total_tokens == 18
            with pytest.raises(openai.NotFoundError, match="there are: agentkit, openai/real, real"):
                await create(model="another", messages=messages)

    serve(Echo(), work)
