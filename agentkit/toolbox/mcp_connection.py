"""MCP connection: one server that is started when it is first asked, and again after it has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from agentkit.errors import AgentkitError
from agentkit.tool_servers import ToolServer
from agentkit.toolbox.mcp_transport import ServerProcess, address_streams, process_streams

PAGES = 50
"""Of a list of tools; a server that has more is not asked on."""


class ServerProblem(AgentkitError):
    """A server did not start, did not answer, or ended; the lines are its last words."""


@dataclass
class Connection:
    """The SDK's client lives in a task of its own: what it opened, the same task has to close."""

    name: str
    server: ToolServer
    start: Callable[[], Awaitable[ServerProcess]]
    """Not called for a server at an address."""
    process: ServerProcess | None = None
    _client: Any = None
    _task: asyncio.Task[None] | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def list_tools(self) -> list[Any]:
        """All pages. ServerProblem."""
        found: list[Any] = []
        cursor = None
        for _ in range(PAGES):
            page = await self._ask("list its tools", "list_tools", cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        return found

    async def call(self, tool: str, arguments: Mapping[str, Any], seconds: float) -> Any:
        """The server's CallToolResult. ServerProblem. A caller's cancellation is told to the server."""
        return await self._ask(f"answer {tool}", "call_tool", tool, dict(arguments), seconds=seconds)

    async def close(self) -> None:
        """End it and all that it has started."""
        task, self._task, self._client = self._task, None, None
        if task is not None:
            self._over.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await asyncio.wait({task})
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _ask(self, what: str, method: str, *words: Any, seconds: float = 0.0, **named: Any) -> Any:
        import mcp

        seconds = seconds or self.server.timeout_seconds
        try:
            if self._client is None:
                async with asyncio.timeout(self.server.timeout_seconds):
                    await self._open()
            async with asyncio.timeout(seconds):
                return await getattr(self._client, method)(*words, **named)
        except TimeoutError:
            when = (
                f"{what} within {seconds:g} s"
                if self._client
                else f"start within {self.server.timeout_seconds:g} s"
            )
            await self._lost(f"did not {when}; it was ended")
        except mcp.MCPError as error:
            if self.server.url or error.code == mcp.types.CONNECTION_CLOSED:
                await self._lost(f"could not {what}: {error.message}")
            raise ServerProblem(f"The MCP server '{self.name}' refused to {what}: {error.message}") from error

    async def _lost(self, why: str) -> NoReturn:
        """Raises ServerProblem. The next question starts the server again."""
        await self.close()
        words = self.process.last_words() if self.process else ""
        said = (f"It said last: {words}",) if words else ()
        raise ServerProblem(f"The MCP server '{self.name}' {why}.", *said) from None

    async def _open(self) -> None:
        self._over.clear()
        ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(ready))
        try:
            await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.close()
            raise
        if ready.done():
            self._client = ready.result()
            return
        task, self._task = self._task, None
        error = innermost(task.exception())
        if isinstance(error, AgentkitError):
            raise error
        await self._lost(f"did not start: {str(error) or type(error).__name__}")

    async def _live(self, ready: asyncio.Future[Any]) -> None:
        from mcp import Client, types

        async with contextlib.AsyncExitStack() as stack:
            if self.server.command:
                self.process = await self.start()
                stack.push_async_callback(self.process.end)
                streams = process_streams(self.process)
            else:
                streams = address_streams(self.server)
            us = types.Implementation(name="agentkit", version="")
            client = await stack.enter_async_context(Client(streams, client_info=us, cache=None))
            ready.set_result(client)
            await self._over.wait()


def innermost(error: BaseException | None) -> BaseException | None:
    """The first cause in a nest of exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
