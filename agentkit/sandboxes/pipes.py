"""The pipes of a command: output that is pumped as it comes, and a byte channel to ask through."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO

from agentkit.contracts.sandbox import OnOutput
from agentkit.sandboxes.output import OutputCut

PIECE = 256 * 1024
LOG_BYTES = 256 * 1024 * 1024
"""The longest log; a flood is cut there and said to be."""
LEFT_IN_PIPE = 16 * 1024 * 1024
"""What is still read once the command is gone. A pipe holds less; only an escaped writer could add more."""
CHANNEL_BYTES = 64 * 1024 * 1024
"""How far a command may answer ahead of the one who reads."""


class LogFile:
    """The full output on disk, up to a size."""

    def __init__(self, path: Path, limit: int = LOG_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._room = limit

    def write(self, data: bytes) -> None:
        if self._room <= 0:
            return
        self._file.write(data[: self._room])
        self._room -= len(data)
        if self._room <= 0:
            self._file.write(b"\n[agentkit: the log ends here, it reached its largest size]\n")

    def close(self) -> None:
        self._file.close()


class OutputPump:
    """Reads a pipe whenever something is in it: to the log, to the cut, to the listener."""

    def __init__(self, descriptor: int, log: Path | None, on_output: OnOutput | None) -> None:
        """The descriptor is the pump's from here on. OSError if the log cannot be written."""
        self.cut = OutputCut()
        self.last = 0.0
        """Loop time of the last byte."""
        self.problem: Exception | None = None
        """What the listener raised; it is not called again."""
        self.on_problem: Callable[[], None] = lambda: None
        self.descriptor = descriptor
        self._open = True
        try:
            self._log = LogFile(log) if log else None
        except OSError:
            os.close(descriptor)
            raise
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        os.set_blocking(descriptor, False)

    def begin(self) -> None:
        self.touch()
        self._loop.add_reader(self.descriptor, self._read)

    def touch(self) -> None:
        """A sign of life."""
        self.last = self._loop.time()

    def feed(self, data: bytes) -> None:
        self.touch()
        self.cut.feed(data)
        if self._log:
            self._log.write(data)
        if self._on_output and not self.problem:
            try:
                self._on_output(data)
            except Exception as error:  # noqa: BLE001 - the caller's own; raised again by `wait`
                self.problem = error
                self.on_problem()

    def say(self, line: str) -> None:
        """A line of the harness, on its own; nothing once the output has ended."""
        if self._open:
            self.feed(f"\n{line}\n".encode())

    def _read(self) -> int:
        try:
            data = os.read(self.descriptor, PIECE)
        except BlockingIOError:
            return 0
        if data:
            self.feed(data)
        else:
            self._loop.remove_reader(self.descriptor)
        return len(data)

    def end(self) -> None:
        """Take what is left in the pipe and close it, whoever else may hold its other end."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self.descriptor)
        room = LEFT_IN_PIPE
        try:
            while room > 0 and (count := self._read()):
                room -= count
        finally:  # a full disk takes no more of the log
            os.close(self.descriptor)
            if self._log:
                self._log.close()


class PipeChannel:
    """`contracts.sandbox.Channel` over a command's stdin and stdout."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        source: asyncio.ReadTransport,
        touch: Callable[[], None],
    ) -> None:
        self._touch = touch
        self._reader = reader
        self._writer = writer
        self._source = source

    @classmethod
    async def open(cls, stdin: IO[bytes], stdout: IO[bytes], touch: Callable[[], None]) -> PipeChannel:
        """`touch` is called with every answer."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=CHANNEL_BYTES)
        source, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stdout)
        try:
            sink, protocol = await loop.connect_write_pipe(
                lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), stdin
            )
        except BaseException:
            source.close()
            raise
        return cls(reader, asyncio.StreamWriter(sink, protocol, None, loop), source, touch)

    async def write(self, data: bytes) -> None:
        """EOFError if the command ended or closed its side."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EOFError("the command no longer reads its channel") from error

    async def read(self, count: int) -> bytes:
        data = await self._reader.readexactly(count)
        self._touch()
        return data

    def close(self) -> None:
        if not self._writer.is_closing():
            self._writer.transport.abort()
        self._source.close()


def take(stream: IO[bytes]) -> int:
    """The descriptor behind a file object, which is closed."""
    descriptor = os.dup(stream.fileno())
    stream.close()
    return descriptor


async def read_until(descriptor: int, mark: bytes) -> tuple[bytes, bool]:
    """What came before `mark`, and whether it came before the end of the stream."""
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)
    got = b""
    while mark not in got:
        readable = loop.create_future()
        loop.add_reader(descriptor, readable.set_result, None)
        try:
            await readable
        finally:
            loop.remove_reader(descriptor)
        data = os.read(descriptor, PIECE)
        if not data:
            return got, False
        got += data
    return got[: got.index(mark)], True
