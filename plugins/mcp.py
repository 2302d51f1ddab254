"""The tools of MCP servers in a run: `--tools SERVER/PATTERN`, with a table [mcp.SERVER] in agentkit.toml."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentkit.contracts.messages import ToolOffer
from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.contracts.tool import Tool, ToolContext, ToolResult, shortened
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName, UsageError
from agentkit.source.excerpt import excerpt, printable
from agentkit.tool_servers import ToolServer
from agentkit.toolbox.command import next_log, refused
from agentkit.toolbox.mcp_connection import Connection, ServerProblem
from agentkit.toolbox.mcp_results import as_result
from agentkit.toolbox.mcp_transport import start_server

NAME_LETTERS = 64
"""As long as a tool's name may be in the chat APIs."""
DESCRIPTION = 2000
"""Characters of a tool's description that a model is shown."""


class Anything(BaseModel):
    """Arguments that only the server can check."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True)
class ServedTool(Tool):
    """A tool of a server. Its schema is the server's, and so is the check of the arguments."""

    called: str = ""
    """Its name on the server."""
    server_name: str = ""
    server: ToolServer | None = None
    schema: Mapping[str, Any] | None = None

    @property
    def offer(self) -> ToolOffer:
        schema = {key: value for key, value in (self.schema or {}).items() if key not in ("title", "$schema")}
        parts = schema.get("properties")
        parts = parts if isinstance(parts, Mapping) else {}
        schema["properties"] = {
            name: shortened(part) if isinstance(part, Mapping) else part for name, part in parts.items()
        }
        return ToolOffer(name=self.name, description=self.purpose, parameters={**schema, "type": "object"})

    async def call(self, context: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
        assert self.server is not None
        connection = connection_of(context, self.server_name, self.server)
        allowed = context.environment.limits.seconds
        seconds = (
            self.server.timeout_seconds if allowed is None else min(self.server.timeout_seconds, allowed)
        )
        began = time.monotonic()
        try:
            answer = await connection.call(self.called, arguments, seconds)
        except AgentkitError as error:
            spent = round(time.monotonic() - began, 4)
            return refused(str(error)).model_copy(update={"seconds": spent})
        return as_result(self.name, answer, context, time.monotonic() - began)


def connection_of(context: ToolContext, name: str, server: ToolServer) -> Connection:
    """The attempt's own: all tools of a server have one process, which ends with the attempt's stage."""
    key = f"mcp {name}"
    if key not in context.state:

        async def start() -> Any:
            log = next_log(context.logs, f"mcp-{name}")
            return await start_server(
                server, context.sandbox, context.workspace.folder, context.environment, log
            )

        context.state[key] = Connection(name, server, start)
    connection: Connection = context.state[key]
    # A context is closed more than once; whatever was started since has to end then too.
    if connection.close not in context.at_end:
        context.at_end.append(connection.close)
    return connection


def find_tools(wanted: Sequence[str], servers: Mapping[str, ToolServer], sandbox: Sandbox) -> dict[str, Tool]:
    """The tools that SERVER/PATTERN means, by the name that a model calls, such as `time_convert_time`.

    Each server is started once in an empty folder of `sandbox` and asked what it has. UnknownName for a
    server or a tool that is not there, MissingRequirement with its last words for one that does not start.
    """
    for each in wanted:
        name = each.partition("/")[0]
        if name not in servers:
            raise UnknownName("MCP server", name, servers, ("[mcp.NAME] of agentkit.toml",), "add the table")
    names = list(dict.fromkeys(each.partition("/")[0] for each in wanted))
    listed = {name: run_apart(name, servers[name], sandbox) for name in names}
    found: dict[str, Tool] = {}
    for each in wanted:
        name, _, pattern = each.partition("/")
        for tool in chosen(name, pattern, servers[name], listed[name]):
            other = found.setdefault(tool.name, tool)
            if getattr(other, "called", "") != tool.called:
                raise UsageError(f"Two tools of the MCP servers would be called {tool.name}.")
    return found


def chosen(name: str, pattern: str, server: ToolServer, listed: Sequence[Any]) -> list[ServedTool]:
    allowed = [tool for tool in listed if any(fnmatchcase(tool.name, each) for each in server.tools)]
    found = [tool for tool in allowed if fnmatchcase(tool.name, pattern)]
    if not found:
        left_out = len(listed) - len(allowed)
        next_step = f"mcp.{name}.tools in agentkit.toml leaves {left_out} out" if left_out else "name another"
        raise UnknownName(
            f"tool of the MCP server {name}", pattern, [tool.name for tool in allowed], (), next_step
        )
    return [served(name, server, tool) for tool in found]


def served(name: str, server: ToolServer, tool: Any) -> ServedTool:
    ours = re.sub(r"[^A-Za-z0-9_-]", "_", f"{name}_{tool.name}")[:NAME_LETTERS]
    return ServedTool(
        name=ours,
        purpose=excerpt(printable(tool.description or tool.title or tool.name), DESCRIPTION),
        function=never,
        arguments=Anything,
        # One at an address has no way to the workspace; what others say of themselves is not relied on.
        changes_workspace=not server.url,
        called=tool.name,
        server_name=name,
        server=server,
        schema=tool.input_schema,
    )


async def never(context: ToolContext) -> ToolResult:
    raise NotImplementedError


def run_apart(name: str, server: ToolServer, sandbox: Sandbox) -> list[Any]:
    """`list_of` from a caller that may itself run in an event loop, as a notebook's does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(list_of(name, server, sandbox))
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(list_of(name, server, sandbox))).result()


async def list_of(name: str, server: ToolServer, sandbox: Sandbox) -> list[Any]:
    with tempfile.TemporaryDirectory(prefix="agentkit-mcp-") as made:
        folder = Path(made, "workspace")
        folder.mkdir()

        async def start() -> Any:
            return await start_server(server, sandbox, folder, Environment(), Path(made, "server.log"))

        connection = Connection(name, server, start)
        try:
            return await connection.list_tools()
        except ServerProblem as problem:
            where = (
                f"at {server.url}" if server.url else f"{' '.join(server.command)} (sandbox {sandbox.name})"
            )
            raise MissingRequirement(
                problem.message,
                *problem.lines,
                f"It is: {where}",
                f"Next: mend [mcp.{name}] in agentkit.toml",
            ) from problem
        finally:
            await connection.close()
            await sandbox.close()
