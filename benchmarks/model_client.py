"""What a call costs beyond the server's own time: agentkit's two clients beside raw HTTP and litellm alone.

A stub of an OpenAI-compatible server runs in a process of its own and answers with a short stream. Calls
with 2 messages and with 400 of a kilobyte come one after another; the crowd is 200 at once to a server that
takes 50 ms. Each case is a fresh process, and the clients take turns.

    python -m benchmarks.model_client [--repeats 3]

Exits with 1 if the direct client passes a limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, ToolOffer

CHECKOUT = Path(__file__).resolve().parents[1]
CLIENTS = ("direct", "raw aiohttp", "litellm client", "litellm alone")
CASES = {"2 messages": (2, 1, 0, 300), "400 messages": (400, 1, 0, 60), "200 at once": (2, 200, 50, 2_000)}
"""Messages, calls at once, milliseconds of the server, calls."""
LIMITS = {"2 messages": 1.0, "400 messages": 4.0, "200 at once": 80.0}
"""Milliseconds, of the direct client's median; the last includes the server's 50."""

TOOL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


def events() -> bytes:
    """The stub's answer: a short text, the reason to stop, the usage."""
    head = {"id": "reply-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text} for text in ("ok, ", "running ", "the next ", "experiment")]
    choices: list[Any] = [[{"index": 0, "delta": each, "finish_reason": None}] for each in deltas]
    choices.append([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}
    pieces = [{**head, "choices": each} for each in choices] + [{**head, "choices": [], "usage": usage}]
    return b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in pieces) + b"data: [DONE]\n\n"


class Stub(asyncio.Protocol):
    """Reads requests by their length alone, and answers each after a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.held = bytearray()
        self.wanted: int | None = None
        body = events()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
        self.answer = head % len(body) + body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        while True:
            if self.wanted is None:
                end = self.held.find(b"\r\n\r\n")
                if end < 0:
                    return
                head = bytes(self.held[:end]).lower().split(b"content-length:")
                del self.held[: end + 4]
                self.wanted = int(head[1].split(b"\r\n")[0])
            if len(self.held) < self.wanted:
                return
            del self.held[: self.wanted]
            self.wanted = None
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, self.answer)


async def serve(seconds: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Stub(seconds), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def request(messages: int) -> ModelRequest:
    said = [Message(role="system", text="You are an agent.")]
    for number in range(messages - 1):
        role, text = ("user", "assistant")[number % 2], f"{number} " + "lorem ipsum " * 83
        said.append(Message.model_validate({"role": role, "text": text}))
    position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
    return ModelRequest(position=position, messages=tuple(said), tools=(TOOL,))


def caller(client: str, url: str, messages: int) -> Callable[[], Awaitable[Any]]:
    """Makes one call."""
    asked = request(messages)
    if client == "direct":
        from agentkit.models.direct import DirectModel

        direct = DirectModel("openai/tiny", base_url=url)
        return lambda: direct.reply(asked)
    if client == "litellm client":
        from agentkit.models.litellm_model import LitellmModel

        through = LitellmModel("openai/tiny", base_url=url)
        return lambda: through.reply(asked)
    from agentkit.models.chat import to_chat, to_chat_tools

    chat, tools = to_chat(asked.messages), to_chat_tools(asked.tools)
    if client == "litellm alone":
        return litellm_alone(url, chat, tools)
    return raw(url, chat, tools)


def litellm_alone(url: str, chat: Any, tools: Any) -> Callable[[], Awaitable[Any]]:
    from agentkit.models.litellm_loading import ready_litellm

    async def call() -> None:
        litellm = await ready_litellm()
        stream = await litellm.acompletion(
            model="openai/tiny", base_url=url, api_key="none", messages=chat, tools=tools, stream=True,
            stream_options={"include_usage": True},
        )  # fmt: skip
        async for _ in stream:
            pass

    return call


def raw(url: str, chat: Any, tools: Any) -> Callable[[], Awaitable[Any]]:
    import aiohttp

    from agentkit.models.direct import session_of_loop

    async def call() -> None:
        body = json.dumps({"model": "tiny", "messages": chat, "tools": tools, "stream": True}).encode()
        session: aiohttp.ClientSession = await session_of_loop()
        headers = {"Content-Type": "application/json"}
        async with session.post(f"{url}/chat/completions", data=body, headers=headers) as response:
            await response.read()

    return call


async def measure(client: str, url: str, messages: int, at_once: int, calls: int) -> dict[str, float]:
    call = caller(client, url, messages)
    await asyncio.gather(*(call() for _ in range(min(at_once, calls))))  # connects, and imports what is late
    taken: list[float] = []
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = time.perf_counter()
            await call()
            taken.append(time.perf_counter() - began)

    cpu = time.process_time()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ordered = sorted(taken)
    return {
        "median": 1000 * statistics.median(ordered),
        "p95": 1000 * ordered[int(0.95 * len(ordered))],
        "cpu": 1000 * cpu / calls,
        "peak": peak,
    }


def run(words: list[str]) -> dict[str, float]:
    """One case in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OPENAI_API_KEY": ""}
    ended = subprocess.run(
        [sys.executable, __file__, *words], env=environment, capture_output=True, text=True, check=True
    )
    result: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return result


def compare(repeats: int) -> int:
    print(
        f"{'case':14} {'client':15} {'median ms':>10} {'p95 ms':>8} {'CPU ms':>8} {'peak MB':>8} {'limit':>6}"
    )
    faults = []
    for case, (messages, at_once, latency, calls) in CASES.items():
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(latency)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )  # fmt: skip
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
            rows: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
            for _ in range(repeats):
                for client in CLIENTS:
                    words = [client, url, str(messages), str(at_once), str(calls)]
                    rows[client].append(run(["--measure", *words]))
        finally:
            server.kill()
            server.wait()
        for client, results in rows.items():
            found = {key: statistics.median(each[key] for each in results) for key in results[0]}
            limit = LIMITS[case] if client == "direct" else None
            print(
                f"{case:14} {client:15} {found['median']:10.2f} {found['p95']:8.2f} {found['cpu']:8.2f}"
                f" {found['peak']:8.0f} {limit or '':>6}"
            )
            if limit and found["median"] > limit:
                faults.append(f"{case}: {found['median']:.2f} ms is more than {limit:g} ms")
    print("\n".join(faults) or "the direct client is within its limits")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--serve", type=float, metavar="MS", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.serve is not None:
        asyncio.run(serve(words.serve / 1000))
    elif words.measure:
        client, url, *numbers = words.measure
        print(json.dumps(asyncio.run(measure(client, url, *map(int, numbers)))))
    else:
        return compare(words.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
