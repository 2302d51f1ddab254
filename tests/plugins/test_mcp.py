"""The tools of MCP servers: real servers, in the local sandbox and at an address."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.cli.tool import open_context
from agentkit.contracts.sandbox import Command
from agentkit.contracts.tool import Tool, ToolContext
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName
from agentkit.runs.tools import load_tools, outside
from agentkit.sandboxes.choose import check_docker, choose_sandbox
from agentkit.sandboxes.docker.daemon import BASE_IMAGE
from agentkit.settings_sources import resolve

TINY = str(Path(__file__).with_name("mcp_server.py"))
THEIRS = os.environ.get("AGENTKIT_TEST_MCP_PYTHON", "")
PATIENCE = 120.0
Work = Callable[[ToolContext], Coroutine[Any, Any, Any]]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "workspace"
    made.mkdir()
    return made


def found(table: dict[str, Any], wanted: str, sandbox: str = "local") -> dict[str, Tool]:
    settings = resolve({"mcp": {"it": table}, "tools": wanted}).settings
    return load_tools(open_catalog(), settings, choose_sandbox(sandbox, trusted=True))


def used(folder: Path, work: Work, sandbox: str = "local") -> Any:
    async def go() -> Any:
        context = open_context(folder, sandbox)
        try:
            return await work(context)
        finally:
            while context.at_end:
                await context.at_end.pop()()
            await context.sandbox.close()

    return asyncio.run(go())


def lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.real
def test_a_server_over_stdio_lives_in_the_sandbox_and_ends_with_the_attempt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
    monkeypatch.setenv("SPOKEN_OF", "told")
    table = {"command": [sys.executable, TINY], "variables": ["SPOKEN_OF"], "timeout_seconds": PATIENCE}
    tools = found(table, "it/*")
    assert {"it_add", "it_flood", "it_dot", "it_around", "it_sleep", "it_die"} == set(tools)
    offer = tools["it_add"].offer
    assert offer.description == "Add two numbers."
    assert offer.parameters["required"] == ["left", "right"]
    assert offer.parameters["properties"]["left"] == {"type": "integer"}

    async def work(context: ToolContext) -> int:
        added = await tools["it_add"].call(context, {"left": 2, "right": 3})
        assert added.ok and added.text == "5"
        wrong = await tools["it_add"].call(context, {"left": "x"})
        assert not wrong.ok and "left" in wrong.text
        picture = await tools["it_dot"].call(context, {})
        assert [each.media_type for each in picture.images] == ["image/png"]
        much = await tools["it_flood"].call(context, {"lines": 3000})
        assert len(much.text) < 8400 and "error: the one that matters" in much.text
        assert much.truncated is not None and much.truncated.full_log == "log:it_flood-0001.log"
        assert (context.logs / "it_flood-0001.log").read_text().count("\n") == 3000
        around = await tools["it_around"].call(context, {"name": "OPENAI_API_KEY"})
        none, place, first = around.text.split()
        assert (none, place) == ("None", str(folder)) and (folder / "left.txt").exists()
        assert (await tools["it_around"].call(context, {"name": "SPOKEN_OF"})).text.startswith("told")
        died = await tools["it_die"].call(context, {"words": "the disk is on fire"})
        assert not died.ok and "the disk is on fire" in died.text and not lives(int(first))
        again = await tools["it_around"].call(context, {"name": "SPOKEN_OF"})
        assert again.ok, "the next call starts it again"
        return int(again.text.split()[-1])

    assert not lives(used(folder, work))


@pytest.mark.real
def test_a_call_that_takes_too_long_or_is_cancelled_leaves_nothing(folder: Path) -> None:
    table = {"command": [sys.executable, TINY], "timeout_seconds": PATIENCE}
    tools = found(table, "it/sleep,it/around")
    assert set(tools) == {"it_sleep", "it_around"}

    async def work(context: ToolContext) -> int:
        server = int((await tools["it_around"].call(context, {"name": "X"})).text.split()[-1])
        call = asyncio.create_task(tools["it_sleep"].call(context, {"seconds": 5}))
        await asyncio.sleep(0.3)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert call.cancelled()
        asked = await tools["it_around"].call(context, {"name": "X"})
        assert asked.text.endswith(f" {server}"), "the server was told, and serves on"
        with pytest.raises(AgentkitError, match="did not answer sleep within 1 s"):
            await context.state["mcp it"].call("sleep", {"seconds": 600}, 1.0)
        return server

    assert not lives(used(folder, work))


@pytest.fixture
def address() -> Iterator[str]:
    with serving() as url:
        yield url


@contextmanager
def serving(*token: str) -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, TINY, str(port), *token], stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < until:
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.kill()


@pytest.mark.real
def test_a_server_at_an_address(folder: Path, address: str) -> None:
    table = {"url": address, "tools": ["a*", "f*"], "timeout_seconds": PATIENCE}
    tools = found(table, "it/*")
    assert set(tools) == {"it_add", "it_flood", "it_around"}, "the table's filter holds for a pattern too"
    assert not tools["it_add"].changes_workspace
    with pytest.raises(UnknownName, match="no tool of the MCP server it 'die'") as refusal:
        found(table, "it/die")
    assert "mcp.it.tools in agentkit.toml leaves 3 out" in str(refusal.value)

    async def work(context: ToolContext) -> None:
        assert (await tools["it_add"].call(context, {"left": 2, "right": 40})).text == "42"

    used(folder, work)
    settings = resolve({"mcp": {"it": table}, "tools": "it/add"}).settings
    assert "outside the sandbox" in outside(settings)[0]


@pytest.mark.real
@pytest.mark.parametrize("sandbox", ["local", "bubblewrap"])
def test_a_server_at_an_address_that_wants_a_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, sandbox: str
) -> None:
    """The sandbox, which has no network, is not in its way: the key and the address are ours alone."""
    with serving("opensesame") as url:
        table = {"url": url, "key_variable": "TINY_KEY", "tools": ["a*"], "timeout_seconds": PATIENCE}
        monkeypatch.delenv("TINY_KEY", raising=False)
        with pytest.raises(MissingRequirement, match="TINY_KEY, which is not set"):
            found(table, "it/add", sandbox)
        monkeypatch.setenv("TINY_KEY", "wrong")
        with pytest.raises(MissingRequirement, match="'it' (did not start|could not list its tools)"):
            found(table, "it/add", sandbox)
        monkeypatch.setenv("TINY_KEY", "opensesame")
        tools = found(table, "it/*", sandbox)

        async def work(context: ToolContext) -> None:
            assert (await tools["it_add"].call(context, {"left": 2, "right": 40})).text == "42"
            inside = Command(argv=("sh", "-c", "echo key:$TINY_KEY"), folder=folder)
            assert (await context.sandbox.run(inside)).output == "key:\n"

        used(folder, work, sandbox)


@pytest.mark.real
def test_a_server_that_does_not_start_is_shown_with_its_last_words() -> None:
    talks = "import sys; print('no module of that name', file=sys.stderr); sys.exit(1)"
    with pytest.raises(MissingRequirement, match="'it' could not|'it' did not") as refusal:
        found({"command": [sys.executable, "-c", talks], "timeout_seconds": PATIENCE}, "it/*")
    assert "It said last: no module of that name" in str(refusal.value)
    with pytest.raises(MissingRequirement) as refusal:
        found({"command": ["/nonexistent/server"], "timeout_seconds": PATIENCE}, "it/*")
    assert "/nonexistent/server cannot be started: No such file" in str(refusal.value)
    silent = {"command": [sys.executable, "-c", "import time; time.sleep(600)"], "timeout_seconds": 2}
    with pytest.raises(MissingRequirement, match="did not start within 2 s"):
        found(silent, "it/*")
    with pytest.raises(MissingRequirement, match="did not start|could not list"):
        found({"url": "http://127.0.0.1:9/mcp", "timeout_seconds": PATIENCE}, "it/*")


def test_what_is_not_declared_or_not_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="no MCP server 'other'"):
        found({"command": ["true"]}, "other/*")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(MissingRequirement, match="NOT_SET, which is not set"):
        found({"command": ["true"], "variables": ["NOT_SET"]}, "it/*")


@pytest.mark.real
@pytest.mark.skipif(
    not THEIRS,
    reason="AGENTKIT_TEST_MCP_PYTHON names no Python; give one with: pip install mcp-server-time",
)
@pytest.mark.parametrize("sandbox", ["local", "bubblewrap", "docker"])
def test_a_server_that_others_wrote(folder: Path, sandbox: str) -> None:
    if sandbox == "docker" and not (report := check_docker(BASE_IMAGE)).usable:
        pytest.skip(report.detail)
    table = {
        "command": [THEIRS, "-m", "mcp_server_time", "--local-timezone", "UTC"],
        "folders": [str(Path(THEIRS).parent.parent)],
        "timeout_seconds": PATIENCE,
    }
    tools = found(table, "it/*", sandbox)
    assert set(tools) == {"it_get_current_time", "it_convert_time"}

    async def work(context: ToolContext) -> None:
        told = {"source_timezone": "Asia/Tokyo", "time": "12:00", "target_timezone": "UTC"}
        converted = await tools["it_convert_time"].call(context, told)
        assert converted.ok and "03:00:00+00:00" in converted.text
        nowhere = await tools["it_get_current_time"].call(context, {"timezone": "Nowhere/Else"})
        assert not nowhere.ok and "Nowhere/Else" in nowhere.text

    used(folder, work, sandbox)
