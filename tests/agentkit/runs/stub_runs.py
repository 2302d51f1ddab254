"""Runs of the number task by the command, with a model behind real HTTP that says the same every time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import agentkit
from agentkit.contracts.events import Event
from agentkit.runs.folder import open_run

NUMBERS = {"a1": "20", "a2": "oops", "a3": "30", "a4": "40"}


class Answering(BaseHTTPRequestHandler):
    """Speaks the OpenAI chat format; what it says depends on the conversation alone."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body["messages"])  # type: ignore[attr-defined]
        time.sleep(0.03)
        message = answer(body)
        sent, said = self.server.billed  # type: ignore[attr-defined]
        usage = {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}
        if body.get("stream"):
            self._stream(message, usage)
            return
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = {"id": "x", "object": "chat.completion", "model": "stub", "choices": [choice], "usage": usage}
        self._send("application/json", json.dumps(whole).encode())

    def _stream(self, message: dict[str, Any], usage: dict[str, int]) -> None:
        calls = [{"index": number, **call} for number, call in enumerate(message.get("tool_calls", []))]
        delta = {**message, **({"tool_calls": calls} if calls else {})}
        parts: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": usage},
        ]
        head = {"id": "x", "object": "chat.completion.chunk", "model": "stub", "created": 0}
        text = "".join(f"data: {json.dumps({**head, **part})}\n\n" for part in parts) + "data: [DONE]\n\n"
        self._send("text/event-stream", text.encode())

    def _send(self, kind: str, body: bytes) -> None:
        try:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked was killed

    def log_message(self, *_: object) -> None:
        return None


def answer(body: dict[str, Any]) -> dict[str, Any]:
    texts = [str(each.get("content")) for each in body["messages"]]
    found = re.search(r"plan for attempt (a\d+)", texts[1])
    number = NUMBERS[found[1]] if found else "a number"
    if not body.get("tools"):
        return {"role": "assistant", "content": f"It is about {number}."}
    done = sum(each["role"] == "tool" for each in body["messages"])
    arguments = (
        {"command": "create", "path": "number.txt", "text": number, "overwrite": True}
        if done == 0
        else {"summary": "done"}
    )
    call = {"name": "editor" if done == 0 else "submit", "arguments": json.dumps(arguments)}
    calls = [{"id": f"call_{done}", "type": "function", "function": call}]
    return {"role": "assistant", "content": "", "tool_calls": calls}


@contextmanager
def answering(billed: tuple[int, int] = (50, 10)) -> Iterator[Any]:
    """The server; `asked` are the messages of every request. `billed`: tokens in and out of each."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked, server.billed = [], billed  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def command(
    server: Any, *words: str, before: Sequence[str] = (), stderr: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """agentkit with these words; `before`: the words of a command that runs it, such as prlimit."""
    address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
        "OPENAI_API_KEY": "not-a-real-key",
        "AGENTKIT_BASE_URL": address,
    }
    agent = [*before, sys.executable, "-m", "agentkit", *words, "--quiet"]
    return subprocess.Popen(agent, env=environment, stderr=stderr)


AGAIN = ("asked", "stage", "run_started", "run_resumed", "calibrated", "job", "job_ended")
"""Kinds that a resumed run tells again; a job's outcome is told once."""
AIDE = ("--scaffold", "aide", "--set", "drafts=1", "--set", "debug_probability=1.0", "--attempts", "4")
FLAT = ("--scaffold", "flat", "--width", "4", "--set", "attempts=4")


def solve(server: Any, runs: str, words: Sequence[str] = AIDE, **how: Any) -> subprocess.Popen[bytes]:
    told = ("--model", "openai/stub", "--runs-folder", runs)
    return command(server, "solve", "toy/number", *told, *words, **how)


def what_happened(run: Path) -> list[tuple[str, str, str]]:
    """Every event but those that a resumed run has more of, without times and counts of time."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            left = ("seconds", "standing", "left", "run", "bound", "cost")
            return {key: strip(each) for key, each in value.items() if key not in left}
        return [strip(each) for each in value] if isinstance(value, list) else value

    def kept(event: Event) -> bool:
        return event.kind not in AGAIN

    happened = [
        (each.kind, each.attempt, json.dumps(strip(each.data), sort_keys=True))
        for each in open_run(run).events()
        if kept(each)
    ]
    # A run that was complete when it was killed says once more that it has ended.
    while [each[0] for each in happened[-2:]] == ["run_ended"] * 2:
        happened.pop()
    return happened


def replies(run: Path) -> list[str]:
    return [each.data["key"] for each in open_run(run).events() if each.kind == "reply"]


def attempts(run: Path) -> set[tuple[object, ...]]:
    rows = open_run(run).summary().attempts
    return {(each.id, each.operator, each.status, each.metrics.get("score")) for each in rows}
