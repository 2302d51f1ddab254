"""MCP transport: how the messages of an MCP client reach a server in a sandbox, or at an address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Job, Mount, Sandbox
from agentkit.errors import MissingRequirement
from agentkit.source.excerpt import excerpt, printable
from agentkit.tool_servers import ToolServer
from agentkit.toolbox import mcp_relay

LAST_WORDS = 1500
"""Characters of what a server said on its standard error, where it matters."""


@dataclass
class ServerProcess:
    """A server in a sandbox; its standard error is in `log`."""

    job: Job
    log: Path

    def last_words(self) -> str:
        with contextlib.suppress(OSError):
            return excerpt(printable(self.log.read_text(errors="replace")).strip(), LAST_WORDS)
        return ""

    async def end(self) -> CommandResult:
        return await self.job.stop()


async def start_server(
    server: ToolServer, sandbox: Sandbox, folder: Path, environment: Environment, log: Path
) -> ServerProcess:
    """In `folder`, behind the walls of `environment`; between two calls it may be silent as long as it likes.

    MissingRequirement for a variable that is not set; the sandbox's own AgentkitError if that does not start.
    """
    limits = environment.limits.model_copy(update={"seconds": None, "silent_seconds": None})
    mounts = tuple(Mount(source=each, target=each) for each in server.folders)
    around = environment.model_copy(
        update={
            "limits": limits,
            "mounts": (*environment.mounts, *mounts),
            "variables": {**environment.variables, **{name: variable(name) for name in server.variables}},
        }
    )
    program = Path(mcp_relay.__file__).read_text(encoding="utf-8")
    argv = ("python", "-P", "-c", program, *server.command)
    command = Command(argv=argv, folder=folder, environment=around, channel=True, log=log)
    return ServerProcess(await sandbox.start(command), log)


def variable(name: str) -> str:
    found = os.environ.get(name)
    if found is None:
        raise MissingRequirement(
            f"An MCP server is to be given {name}, which is not set.", f"Next: export {name}=…"
        )
    return found


@contextlib.asynccontextmanager
async def process_streams(process: ServerProcess) -> AsyncIterator[tuple[Any, Any]]:
    """What the SDK's client reads from and writes to. The stream to read ends when the server has ended."""
    import anyio
    from mcp.shared.message import SessionMessage
    from mcp.types import jsonrpc_message_adapter

    arriving, read = anyio.create_memory_object_stream[Any](0)
    write, leaving = anyio.create_memory_object_stream[Any](0)
    channel = process.job.channel

    async def receive() -> None:
        async with arriving:
            with contextlib.suppress(EOFError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                while True:
                    (length,) = struct.unpack(">I", await channel.read(4))
                    line = await channel.read(length)
                    try:
                        message: Any = SessionMessage(
                            jsonrpc_message_adapter.validate_json(line, by_name=False)
                        )
                    except ValueError:
                        continue  # something printed between the messages
                    await arriving.send(message)

    async def send() -> None:
        async with leaving:
            async for message in leaving:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    await channel.write(text.encode() + b"\n")
                except (EOFError, OSError):
                    await arriving.aclose()
                    return

    tasks = [asyncio.create_task(receive()), asyncio.create_task(send())]
    try:
        yield read, write
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (arriving, read, write, leaving):
            stream.close()


@contextlib.asynccontextmanager
async def address_streams(server: ToolServer) -> AsyncIterator[tuple[Any, Any]]:
    """The same for a server at an address; its key goes there and nowhere else."""
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {variable(server.key_variable)}"} if server.key_variable else {}
    clock = httpx2.Timeout(server.timeout_seconds)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=clock) as http,
        streamable_http_client(server.url, http_client=http) as streams,
    ):
        yield streams
