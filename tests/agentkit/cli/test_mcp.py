"""`agentkit mcp`, asked by the SDK's own client, as any MCP client would."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.cli.main import main

AGENTKIT = [sys.executable, "-m", "agentkit", "mcp", "--sandbox", "local"]
PATIENCE = 120.0


@pytest.fixture
def around(tmp_path: Path) -> dict[str, str]:
    """Variables of the server; its workspace is the folder `work`."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "train.py").write_text("steps = 10\n")
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "OPENAI_API_KEY": "sk-0123456789abcdef"}


def lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.real
def test_the_sdks_client_lists_and_calls_over_stdio(tmp_path: Path, around: dict[str, str]) -> None:
    from mcp import Client, StdioServerParameters

    words = [*AGENTKIT[1:], "--tools", "shell,editor,session,view_image"]
    server = StdioServerParameters(command=AGENTKIT[0], args=words, env=around, cwd=tmp_path / "work")

    async def ask() -> int:
        async with Client(server, read_timeout_seconds=PATIENCE) as client:
            listed = {each.name: each for each in (await client.list_tools()).tools}
            offer = open_catalog().load("tool", "editor").offer
            assert set(listed) == {"shell", "editor", "session", "view_image"}
            assert listed["editor"].input_schema == offer.parameters
            assert listed["editor"].description == offer.description
            ran = await client.call_tool("shell", {"command": "cat train.py; echo key:$OPENAI_API_KEY"})
            assert not ran.is_error and said(ran).startswith("steps = 10\nkey:\n[Exit code 0")
            assert (await client.call_tool("shell", {"command": "exit 3"})).is_error
            wrong = await client.call_tool("shell", {"comand": "ls"})
            assert wrong.is_error and "command: Field required" in said(wrong)
            assert "Did you mean shell?" in said(await client.call_tool("shel", {}))
            changed = {"command": "str_replace", "path": "train.py", "old_str": "10", "new_str": "20"}
            assert not (await client.call_tool("editor", changed)).is_error
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await client.call_tool("shell", {"command": "echo $$ >pid; exec sleep 600"})
            kept = await client.call_tool("session", {"command": "echo $$"})
            assert not lives(int((tmp_path / "work" / "pid").read_text())), "a cancelled call is ended"
            return int(said(kept).split()[0])

    kept = asyncio.run(ask())
    assert (tmp_path / "work" / "train.py").read_text() == "steps = 20\n"
    assert not lives(kept), "what a tool had kept ends with the server"


def said(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.real
def test_the_sdks_client_calls_over_http_and_a_signal_ends_it(tmp_path: Path, around: dict[str, str]) -> None:
    from mcp import Client

    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def ask() -> str:
        async with Client(f"http://127.0.0.1:{port}/mcp", read_timeout_seconds=PATIENCE) as client:
            return said(await client.call_tool("shell", {"command": "cat train.py"}))

    words = [*AGENTKIT, "--folder", str(tmp_path / "work"), "--http", str(port)]
    with subprocess.Popen(words, env=around) as process:
        try:
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            assert asyncio.run(ask()).startswith("steps = 10")
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        finally:
            process.kill()


@pytest.mark.real
def test_ctrl_c_ends_it_though_it_waits_for_a_line(tmp_path: Path, around: dict[str, str]) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(AGENTKIT, cwd=tmp_path / "work", env=around, **pipes) as process:
        try:
            assert process.stdin and process.stdout and process.stderr
            process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"jsonrpc": "2.0", "id": 1, "result": {}}
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130
            assert b"Traceback" not in process.stderr.read()
        finally:
            process.kill()


def test_what_does_not_fit_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--http", "99999"]) == 2
    assert "a port from 1 to 65535" in capsys.readouterr().err
    assert main(["mcp", "--sandbox", "local", "--tools", "sell"]) == 2
    assert "Did you mean: shell" in capsys.readouterr().err
    assert main(["mcp", "--sandbox", "local", "--folder", "/nonexistent"]) == 2
