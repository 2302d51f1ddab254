"""`agentkit mcp`: our tools, on a folder and in a sandbox, for any MCP client."""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import agentkit
from agentkit.cli.tool import open_context
from agentkit.errors import UsageError, nearest
from agentkit.project import start_folder

if TYPE_CHECKING:
    from agentkit.contracts.tool import Tool, ToolContext, ToolResult
    from agentkit.journal.redaction import Redactor

LAST_PORT = 65535
ATTEMPTS_ONLY = "submit"
"""Ends an attempt, and there is none here; served only to whom names it."""
EXAMPLES = """\
examples, as an MCP client is told to start it:
  agentkit mcp --folder ~/work --sandbox bubblewrap
  agentkit mcp --tools shell,editor,nvcc,sass,bench_ab --http 8765    then http://127.0.0.1:8765/mcp"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tools", metavar="NAMES", help="which, by commas; as in agentkit.toml if not given")
    parser.add_argument(
        "--folder", metavar="DIR", default=".", help="the workspace; the current folder if not given"
    )
    parser.add_argument(
        "--sandbox", metavar="NAME", default="auto", help="auto (the default), bubblewrap, docker or local"
    )
    parser.add_argument(
        "--http", metavar="PORT", type=int, help="serve on this port of 127.0.0.1 instead of over stdio"
    )
    parser.epilog = EXAMPLES


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.solve import run_to_end

    if arguments.http is not None and not 0 < arguments.http <= LAST_PORT:
        raise UsageError(f"--http: expected a port from 1 to {LAST_PORT}; found {arguments.http}.")
    run_to_end(serve(arguments))
    return 0


async def serve(arguments: argparse.Namespace) -> None:
    """Until the client closes its side, or a signal comes; then what the tools keep is ended."""
    from agentkit.journal.redaction import Redactor, secrets_in
    from agentkit.sandboxes.choose import choose_sandbox

    # Whoever calls is a model: it gets no sandbox that is open unless that is named.
    sandbox = choose_sandbox(arguments.sandbox, trusted=False).name
    context = open_context(Path(arguments.folder).expanduser(), sandbox)
    try:
        tools = await asyncio.to_thread(chosen_tools, arguments.tools, context)
        server = make_server(tools, context, Redactor(secrets_in(os.environ)))
        if arguments.http is None:
            await over_stdio(server)
        else:
            await over_http(server, arguments.http)
    finally:
        while context.at_end:
            await context.at_end.pop()()
        await context.sandbox.close()


def chosen_tools(typed: str | None, context: ToolContext) -> Mapping[str, Tool]:
    from agentkit.catalog import open_catalog
    from agentkit.runs.tools import load_tools
    from agentkit.settings_sources import resolve

    settings = resolve({"tools": typed}, os.environ, start_folder()).settings
    if typed is None:
        kept = tuple(name for name in settings.tools if name != ATTEMPTS_ONLY)
        settings = settings.model_copy(update={"tools": kept})
    return load_tools(open_catalog(), settings, context.sandbox)


def make_server(tools: Mapping[str, Tool], context: ToolContext, redactor: Redactor) -> Any:
    """The SDK's server. One call at a time: tools of one workspace must not meet in it."""
    from mcp import types
    from mcp.server.lowlevel import Server

    turn = asyncio.Lock()

    async def list_tools(asked: object, parameters: object) -> Any:
        offers = [each.offer for each in tools.values()]
        listed = [
            types.Tool(name=each.name, description=each.description, input_schema=dict(each.parameters))
            for each in offers
        ]
        return types.ListToolsResult(tools=listed)

    async def call_tool(asked: object, parameters: Any) -> Any:
        async with turn:
            result = await answer(tools, context, parameters.name, parameters.arguments or {})
        text = "\n".join(filter(None, (result.text or result.summary, result.next_hint)))
        content = [
            types.TextContent(type="text", text=redactor(text)),
            *(
                types.ImageContent(type="image", data=each.data, mime_type=each.media_type)
                for each in result.images
            ),
        ]
        return types.CallToolResult(content=content, is_error=not result.ok)

    return Server("agentkit", version=agentkit.__version__, on_list_tools=list_tools, on_call_tool=call_tool)


async def answer(
    tools: Mapping[str, Tool], context: ToolContext, name: str, arguments: Mapping[str, Any]
) -> ToolResult:
    from agentkit.contracts.tool import ToolResult

    if name not in tools:
        near = nearest(name, tools, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(tools)}."
        return ToolResult(ok=False, summary=f"There is no tool '{name}'. {hint}")
    try:
        return await tools[name].call(context, arguments)
    except Exception as error:  # noqa: BLE001 - the plugin boundary: a tool's bug is a result, not our end
        where = "".join(traceback.format_exception(error)[-3:])
        return ToolResult(ok=False, summary=f"{name} failed: {error}", text=where[-3000:])


async def over_stdio(server: Any) -> None:
    from mcp.server.stdio import stdio_server

    async with typed_lines() as lines, stdio_server(stdin=lines) as (read, write):
        await server.run(read, write, server.create_initialization_options())


@asynccontextmanager
async def typed_lines() -> AsyncIterator[AsyncIterator[str]]:
    """Lines of standard input, until its end. Whoever waits for one can be cancelled: a thread that nobody
    waits for does the reading, without Python's buffer, which it would hold locked at exit."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        piece = b"-"
        while piece:
            try:
                piece = os.read(0, 65536)
            except OSError:
                piece = b""
            if loop.is_closed():
                return
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

    async def lines() -> AsyncIterator[str]:
        rest = b""
        while piece := await pieces.get():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace")

    threading.Thread(target=read, daemon=True).start()
    yield lines()


async def over_http(server: Any, port: int) -> None:
    """On loopback only: whoever reaches the port may run commands."""
    import uvicorn

    application = server.streamable_http_app(host="127.0.0.1")
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", ws="none")
    try:
        await uvicorn.Server(config).serve()
    except SystemExit:  # uvicorn has said why
        raise UsageError(f"Nothing can be served on 127.0.0.1:{port}.", "Next: another --http PORT") from None
