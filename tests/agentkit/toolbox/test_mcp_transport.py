"""How messages reach an MCP server in a sandbox."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Environment, Limits
from agentkit.errors import MissingRequirement
from agentkit.sandboxes.local import LocalSandbox
from agentkit.tool_servers import ToolServer
from agentkit.toolbox.mcp_transport import process_streams, start_server, variable

ECHO = """
import sys
print("no message", flush=True)
print(sys.stdin.readline(), end="")
print("bye", file=sys.stderr)
"""


def test_messages_go_both_ways_what_is_none_is_dropped_and_the_end_is_seen(tmp_path: Path) -> None:
    async def go() -> None:
        import anyio
        from mcp.shared.message import SessionMessage
        from mcp.types import JSONRPCRequest

        server = ToolServer(command=(sys.executable, "-c", ECHO))
        # The clocks of a command are not those of a server, which waits for its next question.
        limits = Environment(limits=Limits(seconds=0.001, silent_seconds=0.001))
        process = await start_server(server, LocalSandbox(), tmp_path, limits, tmp_path / "log")
        async with asyncio.timeout(120), process_streams(process) as (read, write):
            await write.send(SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=5, method="ping")))
            back = await read.receive()
            assert (back.message.id, back.message.method) == (5, "ping")
            with pytest.raises(anyio.EndOfStream):
                await read.receive()
        await process.end()
        assert process.last_words() == "bye"

    asyncio.run(go())


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IS_SET", "x")
    monkeypatch.delenv("NOT_SET", raising=False)
    assert variable("IS_SET") == "x"
    with pytest.raises(MissingRequirement, match="NOT_SET, which is not set"):
        variable("NOT_SET")
