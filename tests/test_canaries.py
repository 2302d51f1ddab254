"""Keys that were planted where users keep theirs: none is in any file of a run, or on any stream.

A real `agentkit solve` talks to a server that gives every key back: in the text of an error, in a reply,
in the arguments of tool calls, plain, escaped and encoded; and the agent has its environment printed.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[1]
PASSWORD = "Kq8!vT2$wZ5xR9"
"""Is part of addresses: in an environment variable, and in agentkit.toml."""
CANARIES = {
    "OPENAI_API_KEY": "canary-openai/7Q2mX9+aLw4Rk8Zt",
    "ANTHROPIC_API_KEY": "sk-ant-api03-canaryV5nB1xT6yH3pD0sJ",
    "AWS_SECRET_ACCESS_KEY": "canary/aws+K7MDENGbPxRfiCYEXAMPLE2Zu6",
    "HF_TOKEN": "hf_canaryGm4Wd8Qe2Ys6Uc0Ia3Ok",
    "MY_SERVICE_PASSWORD": 'canary "quoted"\\back slash 99',
}
EVERY = (*CANARIES.values(), PASSWORD)

NO_REDACTION = """
import sys
from agentkit.journal import redaction
redaction.Redactor.__call__ = lambda self, text: text
redaction.Redactor.value = lambda self, item: item
redaction.Redactor.plain = lambda self, text: text
redaction.Redactor.finds = lambda self, text: False
from agentkit.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""For the proof that the search below finds keys where there are any."""


def forms(value: str) -> set[str]:
    data = value.encode()
    return {
        value,
        json.dumps(value)[1:-1],
        json.dumps(json.dumps(value))[1:-1],
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus(value),
        urllib.parse.quote(value),
    }


def everything() -> str:
    """All keys in all forms."""
    return "\n".join(sorted(form for value in EVERY for form in forms(value)))


TASK = {
    "task.toml": """\
title = "A number"
purpose = "Write a large number, at most 100."
editable = ["number.txt"]
[files]
"number.txt" = "start.txt"
[metric]
name = "score"
lower_is_better = false
[evaluate]
command = ["python", "evaluate.py"]
seconds = 20
[solution]
"number.txt" = "solution.txt"
""",
    "instructions.md": "Write a large number into number.txt.\n",
    "start.txt": "1\n",
    "solution.txt": "50\n",
    "evaluate.py": """\
import json, os, pathlib
number = float(pathlib.Path("number.txt").read_text())
print(dict(os.environ), flush=True)
answer = {"metrics": {"score": number}, "valid": True, "reason": str(dict(os.environ))}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    task = tmp_path / "tasks" / "toy" / "number"
    for folder in (task, tmp_path / "home", tmp_path / "cache"):
        folder.mkdir(parents=True)
    for name, text in TASK.items():
        (task / name).write_text(text)
    return tmp_path


class Gossip(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that tells whoever asks what it was told."""

    protocol_version = "HTTP/1.1"
    server: GossipServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        authorization = str(self.headers.get("Authorization"))
        self.server.heard.append(authorization)
        number = len(self.server.heard)
        said = f"Your header was {authorization}. {everything()}"
        if number == 1:  # once, and trying again helps
            self.answer(500, {"error": {"message": f"Internal error. {said}", "type": "server_error"}})
        elif self.server.stage == 2:  # for good
            message = f"Incorrect API key provided: {authorization}. {said}"
            self.answer(401, {"error": {"message": message, "type": "invalid_request_error"}})
        elif request.get("stream"):
            self.stream(self.reply(request, said))
        else:
            self.answer(200, self.reply(request, said))

    def reply(self, request: dict[str, Any], said: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": f"I write 20. {said}"}
        if request.get("tools"):
            done = sum(each["role"] == "tool" for each in request["messages"])
            message["content"] = said
            message["tool_calls"] = [self.call(done, said)]
        return {
            "id": "reply",
            "object": "chat.completion",
            "created": 1,
            "model": "gossip",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }

    def call(self, done: int, said: str) -> dict[str, Any]:
        written = f"cat > notes.txt <<'END'\n{said}\nEND\nenv; cat notes.txt; cat notes.txt >&2; exit 3"
        edit = {"command": "str_replace", "path": "number.txt", "old_str": "1", "new_str": "20"}
        calls = (
            ("shell", {"command": written}),
            ("no_such_tool", {"text": said}),
            ("shell", {"command": 7, "key": said}),
            ("editor", edit),
            ("submit", {"summary": f"done, by {said}"}),
        )
        name, arguments = calls[min(done, len(calls) - 1)]
        if name == "submit":
            self.server.stage += 1
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"id": f"call-{done}", "type": "function", "function": function}

    def stream(self, reply: dict[str, Any]) -> None:
        """The text in two halves, then the rest of the reply."""
        (choice,) = reply["choices"]
        message = choice["message"]
        text = message.pop("content")
        half = len(text) // 2
        for number, each in enumerate(message.get("tool_calls", ())):
            each["index"] = number
        deltas = [{"role": "assistant", "content": text[:half]}, {"content": text[half:]}, message, {}]
        chunks = [
            {**reply, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
            for delta in deltas
        ]
        chunks[-1]["choices"][0]["finish_reason"] = "tool_calls" if "tool_calls" in message else "stop"
        lines = [*(json.dumps(chunk) for chunk in chunks), "[DONE]"]
        self.send("".join(f"data: {line}\n\n" for line in lines).encode(), 200, "text/event-stream")

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.send(json.dumps(content).encode(), status, "application/json")

    def send(self, body: bytes, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return None


class GossipServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Gossip)
        self.heard: list[str] = []
        self.stage = 0
        """How many attempts were submitted; from 2 on no key is good any more."""


@pytest.fixture
def server() -> Iterator[GossipServer]:
    with GossipServer() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def solve(project: Path, server: GossipServer, model: str, *start: str) -> subprocess.CompletedProcess[bytes]:
    """In a project whose agentkit.toml holds a password, with every key in the environment."""
    port = server.server_address[1]
    password = urllib.parse.quote(PASSWORD, safe="")
    user = f"ann:{password}@" if model.startswith("hosted_vllm") else ""
    (project / "agentkit.toml").write_text(
        f'[solve]\nbase_url = "http://{user}127.0.0.1:{port}/v1"\nmodel = "{model}"\nsandbox = "local"\n'
        'scaffold = "aide"\nattempts = 3\nmeasurements = 1\n[solve.scaffold_settings]\ndrafts = 1\n'
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    }
    environment |= CANARIES | {
        "DATABASE": f"postgres://ann:{password}@127.0.0.1/x",
        "PYTHONPATH": str(CHECKOUT),
        "HOME": str(project / "home"),
        "XDG_CACHE_HOME": str(project / "cache"),
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [sys.executable, *start, "solve", "toy/number", "--json"],
        cwd=project, env=environment, capture_output=True, timeout=180, check=False,
    )  # fmt: skip


def sightings(folders: tuple[Path, ...], streams: dict[str, bytes]) -> list[tuple[str, str]]:
    """Where a key is, in whatever form: name of the key and place."""
    places = {
        str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()
    }
    names = {**CANARIES, "address": PASSWORD}
    return [
        (name, place)
        for place, content in {**places, **streams}.items()
        for name, value in names.items()
        if any(form.encode() in content for form in forms(value))
    ]


@pytest.mark.real
def test_no_planted_key_is_in_a_file_or_on_a_stream(project: Path, server: GossipServer) -> None:
    ended = solve(project, server, "openai/gossip", "-m", "agentkit")
    told = ended.stderr.decode()
    assert ended.returncode == 0, told
    assert server.heard[0] == f"Bearer {CANARIES['OPENAI_API_KEY']}", (
        "the key that is planted is the one used"
    )
    assert len(server.heard) > 8 and server.stage == 2, told
    streams = {"stdout": ended.stdout, "stderr": ended.stderr}
    assert sightings((project / "runs", project / "cache", project / "home"), streams) == []
    (run,) = (project / "runs").iterdir()
    for name in ("journal.jsonl", "log.jsonl"):
        lines = (run / name).read_text().splitlines()
        assert all(isinstance(json.loads(line), dict) for line in lines)
        for variable in CANARIES:
            assert f"[redacted:{variable}]" in "".join(lines), f"{variable} never came by {name}"
    assert json.loads(ended.stdout)["best"]["attempt"] == "a1", "what is redacted still works"
    assert (project / "cache" / "agentkit" / "calibrations").is_dir()


@pytest.mark.real
def test_a_password_in_the_address_of_the_server_is_refused_and_not_told(
    project: Path, server: GossipServer
) -> None:
    ended = solve(project, server, "hosted_vllm/gossip", "-m", "agentkit")
    assert ended.returncode == 2
    assert b"holds a user or a password, which is not sent" in ended.stderr
    assert server.heard == [], "nothing went out"
    streams = {"stdout": ended.stdout, "stderr": ended.stderr}
    assert sightings((project,), streams) == [("address", str(project / "agentkit.toml"))], (
        "it stands where the user wrote it, and nowhere else"
    )


@pytest.mark.real
def test_the_search_finds_keys_where_nothing_is_redacted(project: Path, server: GossipServer) -> None:
    ended = solve(project, server, "openai/gossip", "-c", NO_REDACTION)
    assert ended.returncode == 0, ended.stderr.decode()
    streams = {"stdout": ended.stdout, "stderr": ended.stderr}
    found = sightings((project / "runs", project / "cache", project / "home"), streams)
    assert {name for name, _ in found} == {*CANARIES, "address"}
    files = {Path(place).name for _, place in found}
    assert {"journal.jsonl", "log.jsonl", "stderr", "shell-0001.log", "diff.patch"} <= files
    assert any("/blobs/" in place for _, place in found), "redacted arguments are what keeps them out"
