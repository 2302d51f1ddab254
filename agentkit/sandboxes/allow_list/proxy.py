"""The proxy outside: HTTP, and CONNECT for everything else, on a Unix socket, to listed hosts only."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from agentkit.errors import UsageError
from agentkit.sandboxes.allow_list.hosts import AllowList, Host, Refused

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
CONNECT_SECONDS = 30.0
CONNECTIONS = 256
"""At once; more are closed at once."""
PIECE = 64 * 1024
REFUSALS_SAID = 20
OWN_HEADERS = ("connection", "proxy-connection", "proxy-authorization", "keep-alive", "host")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class AllowListProxy:
    """Serves until it is closed, on the loop that opened it."""

    def __init__(self, hosts: Iterable[str]) -> None:
        """UsageError for a host that cannot be read."""
        self._allowed = AllowList(hosts)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refused: dict[str, None] = {}
        self._say: Callable[[str], None] | None = None

    async def open(self, path: Path) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(path), limit=HEAD_BYTES)
        # Its folder is the harness's own; inside, the user may be another one.
        path.chmod(0o666)

    def tell(self, say: Callable[[str], None]) -> None:
        """Where refusals are said, each once; those until now too."""
        self._say = say
        for each in self._refused:
            say(each)

    def close(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if len(self._tasks) <= CONNECTIONS:
                await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # one side has gone, or never said what it wanted
        except asyncio.CancelledError:
            pass  # closed: the command has ended
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        try:
            host, opening = read_request(head)
            upstream = await self._connect(host)
        except (UsageError, ValueError) as error:  # ValueError: of urlsplit, int and latin-1
            await reply(writer, "400 Bad Request", str(error))
            return
        except Refused as error:
            self._note(error.message)
            await reply(writer, "403 Forbidden", error.message)
            return
        except (OSError, TimeoutError) as error:
            await reply(writer, "502 Bad Gateway", f"{host} could not be reached: {error}")
            return
        try:
            if opening is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream[1].write(opening)
            await splice((reader, writer), upstream)
        finally:
            upstream[1].transport.abort()

    async def _connect(self, host: Host) -> Streams:
        last: OSError | None = None
        async with asyncio.timeout(CONNECT_SECONDS):
            for address in await self._allowed.addresses(host):
                try:
                    return await asyncio.open_connection(address, host.port, limit=HEAD_BYTES)
                except OSError as error:
                    last = error
        raise last or OSError("it has no address")

    def _note(self, message: str) -> None:
        line = f"[agentkit: refused: {message}]"
        if line in self._refused or len(self._refused) >= REFUSALS_SAID:
            return
        self._refused[line] = None
        if self._say:
            self._say(line)


def read_request(head: bytes) -> tuple[Host, bytes | None]:
    """Where a request goes, and how it opens there; None for CONNECT. UsageError if it is not one.

    A plain request is its connection's only one: the next may be for another host.
    """
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1."):
        raise UsageError("This proxy was sent something that is not an HTTP/1 request.")
    if method == "CONNECT":
        return Host.read(target), None
    parts = urlsplit(target)
    if parts.scheme != "http" or not parts.netloc:
        raise UsageError(f"This proxy takes http:// addresses and CONNECT, not '{target[:200]}'.")
    host = Host.read(parts.netloc.rpartition("@")[2], 80)
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [line for line in lines if line.partition(":")[0].strip().casefold() not in OWN_HEADERS]
    words = [f"{method} {place} {version}", f"Host: {host}", "Connection: close", *kept]
    return host, ("\r\n".join(words) + "\r\n\r\n").encode("latin-1")


async def reply(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = f"agentkit: {text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def splice(one: Streams, other: Streams) -> None:
    """Both ways until both have ended."""
    async with asyncio.TaskGroup() as group:
        group.create_task(copy(one[0], other[1]))
        group.create_task(copy(other[0], one[1]))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
        return
    writer.transport.abort()
