"""A chat server that fails as providers do: scripted, or drawn by a seeded generator.

It keeps its own books: what each call was billed, and whether its answer went out whole.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from aiohttp import web

Fault = Literal[
    "busy",  # 429
    "busy_later",  # 429 with Retry-After
    "error",  # 500
    "unavailable",  # 503
    "reset",  # the connection is reset once the request is read
    "half",  # half of the answer, then silence
    "broken_off",  # half of the answer, then the connection ends
    "stall",  # silence
    "bad_json",
    "cut_arguments",
    "unknown_tool",
    "empty",
    "refusal",
    "wrong_usage",
    "overflow",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
NOT_BILLED = frozenset({"busy", "busy_later", "error", "unavailable", "overflow"})
CUT = frozenset({"reset", "half", "broken_off", "stall", "bad_json"})
"""Billed, but no whole answer goes out."""

WRONG_USAGES: tuple[Any, ...] = (
    None,
    {},
    {"prompt_tokens": -4, "completion_tokens": -1, "total_tokens": -5},
    {"prompt_tokens": "many", "completion_tokens": None, "total_tokens": 1.5},
)


@dataclass(frozen=True)
class Call:
    """One HTTP request in the server's books. `label` is the first word of the last user message."""

    label: str
    nth: int
    fault: Fault | None
    input_tokens: int
    output_tokens: int

    @property
    def whole(self) -> bool:
        return self.fault not in CUT and self.fault not in NOT_BILLED


@dataclass
class Faults:
    """Which call fails how: the script first, then so large a share of all calls, drawn from `among`."""

    script: Mapping[str, Sequence[Fault | None]] = field(default_factory=dict)
    """By label: one entry a try; after the last, the share decides."""
    share: float = 0.0
    among: Sequence[Fault] = FAULTS
    seed: int = 0

    def of(self, label: str, nth: int) -> Fault | None:
        """Depends on nothing but the seed, the label and the try, whatever order calls arrive in."""
        scripted = self.script.get(label, ())
        if nth < len(scripted):
            return scripted[nth]
        draw = random.Random(f"{self.seed}/{label}/{nth}")
        return draw.choice(self.among) if draw.random() < self.share else None


class FaultServer:
    """Serves OpenAI's chat completions, streamed or not, on a free loopback port, in a thread of its own."""

    def __init__(
        self,
        faults: Faults | None = None,
        *,
        latency: float = 0.0,
        capacity: int | None = None,
        retry_after: str = "1",
        silence: float = 3600.0,
        says: Callable[[Sequence[str]], str] | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.latency = latency
        self.capacity = capacity
        """More calls at once than this are answered with 429."""
        self.retry_after = retry_after
        self.silence = silence
        """Seconds in which nothing comes of a call that stalls or stops half-way; then the rest does."""
        self.says = says
        """What it answers to the messages' texts, where nothing goes wrong."""
        self.calls: list[Call] = []
        self.running = 0
        self.most_running = 0
        self.refused = 0
        self.url = ""
        self._tries: Counter[str] = Counter()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def billed(self, label: str | None = None, *, whole: bool | None = None) -> tuple[int, int]:
        """(input, output) tokens: of one label or all, of whole answers, of cut ones, or both."""
        calls = [
            each
            for each in list(self.calls)
            if label in (None, each.label) and whole in (None, each.whole) and each.fault not in NOT_BILLED
        ]
        return sum(each.input_tokens for each in calls), sum(each.output_tokens for each in calls)

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application(client_max_size=1 << 30)
        application.router.add_post("/v1/chat/completions", self._chat)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._closing.wait()
        await runner.cleanup()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[bool]:
        """Whether there is room for the call."""
        room = self.capacity is None or self.running < self.capacity
        self.running += room
        self.most_running = max(self.most_running, self.running)
        self.refused += not room
        try:
            yield room
        finally:
            self.running -= room

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        async with self._counted() as room:
            if not room:
                return refusal(429, "too many calls at once")
            if self.latency:
                await asyncio.sleep(self.latency)
            label = label_of(body)
            nth = self._tries[label]
            self._tries[label] += 1
            fault = self.faults.of(label, nth)
            message, finish = answer(label, fault, body)
            if fault is None and self.says is not None:
                message["content"] = self.says([text_of(each) for each in body["messages"]])
            call = Call(label, nth, fault, words(body["messages"]), words(message))
            self.calls.append(call)
            if fault in NOT_BILLED:
                return failure(fault, self.retry_after)
            usage = usage_of(call)
            if fault == "wrong_usage":
                usage = WRONG_USAGES[nth % len(WRONG_USAGES)]
            return await self._send(request, body, call, chunks(body, message, finish, usage))

    async def _send(
        self, request: web.Request, body: Any, call: Call, pieces: Sequence[bytes]
    ) -> web.StreamResponse:
        kind = "text/event-stream" if body.get("stream") else "application/json"
        response = web.StreamResponse(headers={"Content-Type": kind})
        assert request.transport is not None
        if call.fault == "stall":
            await asyncio.sleep(self.silence)
        if call.fault == "reset":
            request.transport.abort()
            return response
        if call.fault == "bad_json":
            pieces = [b'data: {"id": \n\n' if body.get("stream") else b'{"choices": [{"mess']
        if not body.get("stream"):
            response.content_length = sum(map(len, pieces))
        await response.prepare(request)
        stops_at = len(pieces) // 2 if call.fault in ("half", "broken_off") else None
        for number, piece in enumerate(pieces):
            if number == stops_at and call.fault == "half":
                await asyncio.sleep(self.silence)
            elif number == stops_at:
                request.transport.close()
                return response
            await response.write(piece)
        await response.write_eof()
        return response


def label_of(body: Any) -> str:
    said = [each for each in body["messages"] if each["role"] == "user"][-1]
    return text_of(said).split(maxsplit=1)[0]


def text_of(message: Any) -> str:
    said = message["content"]
    return str(said if isinstance(said, str) else said[0]["text"])


def words(value: Any) -> int:
    """Tokens, as this server counts them."""
    return len(json.dumps(value).split())


def answer(label: str, fault: Fault | None, body: Any) -> tuple[dict[str, Any], str]:
    """The assistant's message and why it ends."""
    message: dict[str, Any] = {"role": "assistant", "content": f"This is the answer to {label}."}
    if fault == "empty":
        return {"role": "assistant", "content": ""}, "stop"
    if fault == "refusal":
        return {"role": "assistant", "content": None, "refusal": "I will not do this."}, "content_filter"
    arguments = {"cut_arguments": '{"command": "ls -', "unknown_tool": "{}"}.get(fault or "")
    if arguments is None and body.get("tools"):
        arguments = json.dumps({"command": f"echo {label}"})
    if arguments is not None:
        name = "teleport" if fault == "unknown_tool" else "shell"
        message["tool_calls"] = [
            {"id": f"call-{label}", "type": "function", "function": {"name": name, "arguments": arguments}}
        ]
        return message, "length" if fault == "cut_arguments" else "tool_calls"
    return message, "stop"


def usage_of(call: Call) -> Any:
    sizes = {"prompt_tokens": call.input_tokens, "completion_tokens": call.output_tokens}
    return {**sizes, "total_tokens": call.input_tokens + call.output_tokens}


def chunks(body: Any, message: Mapping[str, Any], finish: str, usage: Any) -> list[bytes]:
    """The answer's bytes in at least four pieces."""
    head = {"id": "reply-1", "created": 1, "model": body["model"]}
    if not body.get("stream"):
        choice = {"index": 0, "message": message, "finish_reason": finish}
        whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        raw = json.dumps(whole).encode()
        size = -(-len(raw) // 4)
        return [raw[at : at + size] for at in range(0, len(raw), size)]
    deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": ""}, None)]
    text = message.get("content") or ""
    deltas += [({"content": text[at : at + 8]}, None) for at in range(0, len(text), 8)]
    if message.get("refusal"):
        deltas.append(({"refusal": message["refusal"]}, None))
    for index, call in enumerate(message.get("tool_calls", ())):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        begin = {**call, "index": index, "function": {"name": name, "arguments": ""}}
        deltas.append(({"tool_calls": [begin]}, None))
        for at in range(0, len(arguments), 6):
            part = {"index": index, "function": {"arguments": arguments[at : at + 6]}}
            deltas.append(({"tool_calls": [part]}, None))
    deltas.append(({}, finish))
    events: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": why}]} for delta, why in deltas
    ]
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append({"choices": [], "usage": usage})
    lines = [json.dumps({**head, "object": "chat.completion.chunk", **event}) for event in events]
    return [f"data: {line}\n\n".encode() for line in [*lines, "[DONE]"]]


def refusal(status: int, message: str, code: str = "", **headers: str) -> web.Response:
    error = {"error": {"message": message, "type": "error", "code": code}}
    return web.json_response(
        error, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def failure(fault: Fault | None, retry_after: str) -> web.Response:
    if fault == "busy":
        return refusal(429, "slow down")
    if fault == "busy_later":
        return refusal(429, "slow down", Retry_After=retry_after)
    if fault == "overflow":
        text = "This model's maximum context length is 8 tokens. Please reduce the length of the messages."
        return refusal(400, text, "context_length_exceeded")
    return refusal(503 if fault == "unavailable" else 500, "the server is on fire")
