"""Whole runs by the command with an agent of somebody else: killed and resumed; and a real agent, offline.

The real one is mini-swe-agent, in an environment of its own. AGENTKIT_TEST_AGENT_PYTHON names its Python.
"""

from __future__ import annotations

import json
import os
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
from agentkit.runs.folder import open_run
from agentkit.sandboxes.choose import check_bubblewrap
from tests.agentkit.conftest import publish_ends, write_number_task

pytestmark = pytest.mark.real

AGENT = Path(agentkit.__file__).parents[1] / "tests/agentkit/search/stub_agent.py"
PYTHON = os.environ.get("AGENTKIT_TEST_AGENT_PYTHON", "")
COMMANDS = ("cat number.txt", "echo 41 > number.txt", "echo 42 > number.txt")
TRANSCRIPT = """\
title = "mini"
scaffold = "external"
attempts = 1
[[attempt]]
operator = "external"
"""
REPLY = """
  [[attempt.reply]]
  stage = "code"
  text = "I run a command."
    [[attempt.reply.call]]
    tool = "bash"
    arguments = {{ command = "{command}" }}
"""


class Telling(BaseHTTPRequestHandler):
    """Tells a coder one command after the other, by the conversation alone; the third takes its time."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        turn = sum(each["role"] == "assistant" for each in body["messages"])
        asked: list[Any] = self.server.asked  # type: ignore[attr-defined]
        asked.append((bool(body.get("tools")), turn))
        message: dict[str, Any] = {"role": "assistant", "content": "Done."}
        if body.get("tools") and turn < len(COMMANDS):
            function = {"name": "shell", "arguments": json.dumps({"command": COMMANDS[turn]})}
            message["tool_calls"] = [{"id": f"c{turn}", "type": "function", "function": function}]
        time.sleep(1.0 if turn == 2 and len(asked) == 3 else 0.0)
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
        text = json.dumps({"id": "x", "model": "stub", "choices": [choice], "usage": usage}).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked was killed

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def server() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Telling)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """`start("solve", "toy/number", …)`: agentkit in a project with the number task, its key in reach."""
    task = write_number_task(tmp_path)
    publish_ends(task)
    replies = [*COMMANDS, "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"]
    text = TRANSCRIPT + "".join(REPLY.format(command=each) for each in replies)
    (task / "demo.toml").write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}

    def started(*words: str, **environment: str) -> subprocess.Popen[bytes]:
        found = {
            **kept,
            "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "AGENTKIT_REFERENCE": "paper",
            "AGENTKIT_MEASUREMENTS": "1",
            **environment,
        }
        command = [sys.executable, "-m", "agentkit", *words, "--quiet"]
        with (tmp_path / "said").open("wb") as said:
            return subprocess.Popen(command, cwd=tmp_path, env=found, stderr=said)

    return started


def sandbox_here() -> str:
    return "bubblewrap" if check_bubblewrap().usable else "local"


def run_in(folder: Path) -> Any:
    (run,) = (folder / "runs").iterdir()
    return open_run(run)


def test_killed_and_resumed_it_pays_for_no_answered_call_again(
    start: Any, server: Any, tmp_path: Path
) -> None:
    live = {
        "OPENAI_API_KEY": "not-a-real-key",
        "AGENTKIT_BASE_URL": f"http://127.0.0.1:{server.server_address[1]}/v1",
    }
    told = json.dumps(["python", str(AGENT), "{prompt_file}"])
    words = ("--scaffold", "external", "--set", f"command={told}", "--set", f'folders=["{AGENT.parent}"]')
    process = start(
        "solve", "toy/number", "--model", "openai/stub", "--sandbox", sandbox_here(), *words, **live
    )
    until = time.monotonic() + 120
    while len(server.asked) < 3 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, (tmp_path / "said").read_text()
    run = run_in(tmp_path)
    assert start("resume", str(run.path), **live).wait() == 0, (tmp_path / "said").read_text()
    done = run.summary().attempts[0]
    assert done.metrics["score"] == 42.0
    assert server.asked == [
        *((True, turn) for turn in (0, 1, 2)),
        *((True, turn) for turn in (2, 3)),  # the one that was under way, and on from there
        (False, 0),  # the review
    ]
    recorded = [each.data["recorded"] for each in run.events() if each.kind == "agent"]
    assert recorded == [0, 2]


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="AGENTKIT_TEST_AGENT_PYTHON names no Python with mini-swe-agent in it")
def test_mini_swe_agent_works_offline_on_what_the_scripted_model_says(start: Any, tmp_path: Path) -> None:
    program = Path(PYTHON).with_name("mini")
    command = f"{program} -y --exit-immediately -m openai/{{model}} -t {{instruction}}"
    words = ("--scaffold", "external", "--set", f"command={command}", "--sandbox", sandbox_here())
    process = start("solve", "toy/number", "--model", "scripted/demo", *words)
    assert process.wait() == 0, (tmp_path / "said").read_text()
    run = run_in(tmp_path)
    assert run.summary().attempts[0].metrics["score"] == 42.0
    (ended,) = [each.data for each in run.events() if each.kind == "agent_ended"]
    assert (ended["status"], ended["exit_code"], ended["calls"]) == ("ok", 0, 4)
    asked = [each for each in run.events() if each.kind == "reply" and each.data["stage"] == "code"]
    assert len(asked) == 4, "every call of its is in the journal"
    log = (run.path / "attempts/a1/logs/agent-0.log").read_text()
    assert "mini-swe-agent version 2" in log
