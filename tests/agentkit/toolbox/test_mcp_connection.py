"""A connection to a server that is none; real ones are in tests/plugins/test_mcp.py."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Environment
from agentkit.errors import MissingRequirement
from agentkit.sandboxes.local import LocalSandbox
from agentkit.tool_servers import ToolServer
from agentkit.toolbox.mcp_connection import Connection, ServerProblem, innermost
from agentkit.toolbox.mcp_transport import ServerProcess, start_server


def test_a_server_that_ends_at_once_is_a_problem_with_its_last_words(tmp_path: Path) -> None:
    server = ToolServer(
        command=(sys.executable, "-c", "raise SystemExit('out of memory')"), timeout_seconds=120
    )
    starts: list[int] = []

    async def start() -> ServerProcess:
        starts.append(1)
        return await start_server(server, LocalSandbox(), tmp_path, Environment(), tmp_path / "log")

    async def go() -> None:
        connection = Connection("it", server, start)
        for _ in range(2):
            with pytest.raises(ServerProblem, match="MCP server 'it'") as problem:
                await connection.call("add", {}, 120)
            assert "It said last: out of memory" in str(problem.value)
        await connection.close()

    asyncio.run(go())
    assert len(starts) == 2, "each call starts it again"


def test_the_first_cause_is_found() -> None:
    cause = MissingRequirement("a key")
    assert innermost(BaseExceptionGroup("a", [ExceptionGroup("b", [cause]), KeyError()])) is cause
    assert innermost(None) is None
