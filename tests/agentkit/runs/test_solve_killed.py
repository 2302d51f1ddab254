"""kill -9 at random moments of a run over real HTTP, then resume: the same journal, and no reply asked twice.

AGENTKIT_KILLS sets how many kills; a hundred take about five minutes on two cores.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.contracts.events import Event
from agentkit.runs.folder import open_run

pytestmark = pytest.mark.real

KILLS = int(os.environ.get("AGENTKIT_KILLS", "6"))
NUMBERS = {"a1": "20", "a2": "oops", "a3": "30", "a4": "40"}


class Answering(BaseHTTPRequestHandler):
    """Speaks the OpenAI chat format; what it says depends on the conversation alone."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body["messages"])  # type: ignore[attr-defined]
        time.sleep(0.03)
        message = answer(body)
        usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
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


@pytest.fixture
def server() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def command(server: Any, *words: str, file_bytes: int | None = None) -> subprocess.Popen[bytes]:
    address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
        "OPENAI_API_KEY": "not-a-real-key",
        "AGENTKIT_BASE_URL": address,
    }
    limit = [] if file_bytes is None else ["prlimit", f"--fsize={file_bytes}"]
    agent = [*limit, sys.executable, "-m", "agentkit", *words, "--quiet"]
    return subprocess.Popen(agent, env=environment, stderr=subprocess.DEVNULL)


AIDE = ("--scaffold", "aide", "--set", "drafts=1", "--set", "debug_probability=1.0", "--attempts", "4")
FLAT = ("--scaffold", "flat", "--width", "4", "--set", "attempts=4")


def solve(
    server: Any, runs: str, words: tuple[str, ...] = AIDE, file_bytes: int | None = None
) -> subprocess.Popen[bytes]:
    told = ("--model", "openai/stub", "--runs-folder", runs)
    return command(server, "solve", "toy/number", *told, *words, file_bytes=file_bytes)


def what_happened(run: Path) -> list[tuple[str, str, str]]:
    """Every event but those that a resumed run has more of, without times and counts of time."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            left = ("seconds", "standing", "left", "run", "bound", "cost")
            return {key: strip(each) for key, each in value.items() if key not in left}
        return [strip(each) for each in value] if isinstance(value, list) else value

    def kept(event: Event) -> bool:
        return event.kind not in ("asked", "stage", "run_started", "run_resumed", "calibrated")

    happened = [
        (each.kind, each.attempt, json.dumps(strip(each.data), sort_keys=True))
        for each in open_run(run).events()
        if kept(each)
    ]
    # A run that was complete when it was killed says a second time that it has ended.
    return happened[:-1] if [each[0] for each in happened[-2:]] == ["run_ended"] * 2 else happened


def replies(run: Path) -> list[str]:
    return [each.data["key"] for each in open_run(run).events() if each.kind == "reply"]


def attempts(run: Path) -> set[tuple[object, ...]]:
    rows = open_run(run).summary().attempts
    return {(each.id, each.operator, each.status, each.metrics.get("score")) for each in rows}


def test_killed_runs_end_like_the_undisturbed_one(project: Path, server: Any) -> None:
    assert solve(server, "calm").wait() == 0
    (calm,) = Path("calm").iterdir()
    whole, asked = what_happened(calm), len(server.asked)
    began = time.monotonic()
    assert solve(server, "timed").wait() == 0
    length = time.monotonic() - began
    choose = random.Random(0)
    landed = 0
    for kill in range(KILLS):
        shutil.rmtree("killed", ignore_errors=True)
        server.asked.clear()
        process = solve(server, "killed")
        time.sleep(choose.uniform(0.25, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        landed += process.wait() == -signal.SIGKILL
        runs = list(Path("killed").glob("*/journal.jsonl"))
        if not runs:
            continue  # killed before there was a run
        run = runs[0].parent
        if kill % 2:
            (run / "checkpoints.sqlite").unlink(missing_ok=True)
        assert command(server, "resume", str(run)).wait() == 0, f"kill {kill}"
        assert what_happened(run) == whole, f"kill {kill}"
        assert len(replies(run)) == len(set(replies(run)))
        assert len(server.asked) <= asked + 1, "a kill costs at most the one request that was in flight"
    assert landed > KILLS / 2, "most kills hit a run that was under way"


def test_a_killed_run_of_four_at_once_ends_in_the_same_attempts(project: Path, server: Any) -> None:
    assert solve(server, "calm", FLAT).wait() == 0
    (calm,) = Path("calm").iterdir()
    whole = attempts(calm)
    asked = len(server.asked)
    choose = random.Random(1)
    for _ in range(max(2, KILLS // 3)):
        shutil.rmtree("killed", ignore_errors=True)
        server.asked.clear()
        process = solve(server, "killed", FLAT)
        while not (runs := list(Path("killed").glob("*/journal.jsonl"))):
            time.sleep(0.01)
        time.sleep(choose.uniform(0.0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        run = runs[0].parent
        assert command(server, "resume", str(run)).wait() == 0
        assert attempts(run) == whole
        assert len(server.asked) <= asked + 4, "at most one request in flight a worker"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_goes_on_too(project: Path, server: Any, by: signal.Signals) -> None:
    assert solve(server, "calm").wait() == 0
    (calm,) = Path("calm").iterdir()
    process = solve(server, "stopped")
    while not list(Path("stopped").glob("*/attempts/a2")):
        time.sleep(0.01)
    process.send_signal(by)
    assert process.wait() == (130 if by == signal.SIGINT else 143)
    (run,) = Path("stopped").iterdir()
    assert open_run(run).summary().state == "interrupted"
    assert command(server, "resume", str(run)).wait() == 0
    events = [each for each in what_happened(run) if '"interrupted"' not in each[2]]
    assert events == what_happened(calm)


@pytest.mark.parametrize("kilobytes", [56, 88])
def test_a_run_whose_disk_is_full_goes_on_once_there_is_room(
    project: Path, server: Any, kilobytes: int
) -> None:
    """No file may grow past the limit, which LangGraph's checkpoints meet first."""
    assert solve(server, "calm").wait() == 0
    (calm,) = Path("calm").iterdir()
    server.asked.clear()
    full = solve(server, "full", file_bytes=1024 * kilobytes)
    assert full.wait() == 4
    (run,) = Path("full").iterdir()
    whole_lines = (run / "journal.jsonl").read_bytes()
    assert whole_lines.endswith(b"\n"), "no half record is left"
    assert command(server, "resume", str(run)).wait() == 0
    events = [each for each in what_happened(run) if '"failed"' not in each[2]]
    assert events == what_happened(calm)
    assert len(replies(run)) == len(set(replies(run)))
