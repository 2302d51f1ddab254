"""A chat server that answers what a test tells it to, over real HTTP on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply
from agentkit.contracts.model import Model
from agentkit.models.direct import DirectModel
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.live import LiveModel
from agentkit.models.patience import Patience


@dataclass
class Answer:
    """One HTTP answer. `stall`: none comes until the server closes. `cut`: the connection is closed.

    `drip`: it comes a byte every 50 ms. A body that is a list is a stream of these events; it may end in
    silence or be cut, too.
    """

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: bool = False
    cut: bool = False
    drip: bool = False
    kind: str = "application/json"


class ChatServer:
    """Gives its answers in order, the last one again and again, and keeps every request."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def says(
        self, text: str | None = "hello", *, calls: Sequence[tuple[str, str, str]] = (), **changes: Any
    ) -> None:
        """Add a good answer; `calls` are (id, tool, argument text)."""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = [
                {"id": one, "type": "function", "function": {"name": tool, "arguments": arguments}}
                for one, tool, arguments in calls
            ]
        body = {
            "id": "reply-1",
            "object": "chat.completion",
            "created": 1,
            "model": "tiny-2026",
            "choices": [
                {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"},
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
        }
        self.answers.append(Answer(body=body | changes))

    def fails(self, status: int, message: str = "no", code: str = "", **headers: str) -> None:
        error = {"error": {"message": message, "type": "error", "code": code}}
        self.answers.append(Answer(status, error, {k.replace("_", "-"): v for k, v in headers.items()}))

    answer = Answer

    def streams(self, *events: Any, **changes: Any) -> None:
        """Add an answer of just these events, dicts or texts."""
        self.answers.append(Answer(body=list(events), **changes))

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Keep stderr for the test."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append(json.loads(body))
                server.keys.append(self.headers.get("Authorization", ""))
                answer = server.answers[min(len(server.requests), len(server.answers)) - 1]
                events = events_of(answer, server.requests[-1])
                raw = written(answer.body) if events is None else b"".join(map(event, events))
                breaks_off = answer.stall or answer.cut
                if breaks_off and events is None:
                    self.break_off(answer)
                    return
                self.send_response(answer.status)
                kind = answer.kind if events is None else "text/event-stream"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(raw) + breaks_off))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                pieces = [bytes([byte]) for byte in raw] if answer.drip else [raw]
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client may give up
                    for piece in pieces:
                        self.wfile.write(piece)
                        if answer.drip and server.closing.wait(0.05):
                            break
                if breaks_off:
                    self.break_off(answer)

            def break_off(self, answer: Answer) -> None:
                if answer.stall:
                    server.closing.wait(30)
                self.close_connection = True
                with contextlib.suppress(OSError):  # the client may have been first
                    self.connection.shutdown(socket.SHUT_RDWR)

        return Handler


def written(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def event(one: Any) -> bytes:
    return b"data: " + written(one) + b"\n\n"


def events_of(answer: Answer, request: Mapping[str, Any]) -> list[Any] | None:
    """The stream as which an answer goes out; None: in one piece."""
    if isinstance(answer.body, list):
        return answer.body
    whole = answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("choices")
    if not whole or not request.get("stream") or answer.stall or answer.cut:
        return None
    return as_events(answer.body)


def as_events(body: Mapping[str, Any]) -> list[Any]:
    """A whole reply cut into small pieces, as servers stream it."""
    head = {key: body[key] for key in ("id", "created", "model") if key in body}
    head["object"] = "chat.completion.chunk"
    choice = body["choices"][0]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    for key in ("reasoning_content", "content", "refusal"):
        text = message.get(key) or ""
        deltas += [{key: text[at : at + 3]} for at in range(0, len(text), 3)]
    for index, call in enumerate(message.get("tool_calls", ())):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        first = {**call, "index": index, "function": {"name": name, "arguments": ""}}
        deltas.append({"tool_calls": [first]})
        for at in range(0, len(arguments), 4):
            part = {"index": index, "function": {"arguments": arguments[at : at + 4]}}
            deltas.append({"tool_calls": [part]})
    events: list[Any] = [
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    events += [head | {"choices": [last]}, head | {"choices": [], "usage": body.get("usage")}]
    return [*events, "[DONE]"]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    running = ChatServer()
    yield running
    running.close()


Live = Callable[..., LiveModel]


@pytest.fixture(params=[LitellmModel, DirectModel], ids=["litellm", "direct"])
def live(server: ChatServer, request: pytest.FixtureRequest) -> Live:
    """Makes a client of the server, of either kind, with little patience; keywords change its settings."""

    def make(name: str = "openai/tiny", **changes: Any) -> LiveModel:
        patience = Patience(tries=4, first_wait=0.01, longest_wait=0.02)
        settings: dict[str, Any] = {"base_url": server.url, "patience": patience, "timeout_seconds": 20.0}
        model: LiveModel = request.param(name, **(settings | changes))
        return model

    return make


@pytest.fixture
def unused_port() -> int:
    """One on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ask() -> Callable[..., Reply]:
    """Asks a model a question, or a given request, in an event loop of its own."""

    def answer(model: Model, **changes: Any) -> Reply:
        messages = (Message(role="system", text="Be brief."), Message(role="user", text="Hi"))
        position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
        return asyncio.run(model.reply(ModelRequest(position=position, **({"messages": messages} | changes))))

    return answer


@pytest.fixture(autouse=True)
def own_limits(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test's server refuses says nothing to the next test, nor to the user's own runs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
