"""Waiting for a process that may be nobody's child, and reading the file that it writes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from agentkit.contracts.sandbox import OnOutput
from agentkit.sandboxes.gpus.holder import Holder, this_place
from agentkit.sandboxes.process_tree import look

PIECE = 256 * 1024
CATCH_UP = 64 * 1024
"""How much of what was written before is still told to who comes back."""


def is_alive(process: Holder) -> bool:
    """Whether it is still the one that was written down: numbers are given again, and machines restart."""
    sight = look(process.pid) if process.place == this_place() else None
    return sight is not None and sight.identity.started == process.started and not sight.zombie


@contextlib.contextmanager
def ended(process: Holder) -> Iterator[asyncio.Future[None]]:
    """A future that is done when the process is gone. The kernel tells; nothing is polled."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    handle = open_handle(process)
    if handle is None:
        future.set_result(None)
        yield future
        return

    def tell() -> None:
        loop.remove_reader(handle)
        if not future.done():
            future.set_result(None)

    loop.add_reader(handle, tell)
    try:
        yield future
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def open_handle(process: Holder) -> int | None:
    """A descriptor of exactly that process; None if it is gone."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    # Looked at afterwards: the number may have been given again just before.
    if is_alive(process):
        return handle
    os.close(handle)
    return None


class LogFollower:
    """Tells a listener what is added to a file, and the last of what was in it before."""

    def __init__(self, path: Path, on_output: OnOutput | None) -> None:
        self._path = path
        self._on_output = on_output
        self._offset = max(0, self._size() - CATCH_UP)

    def feed(self) -> None:
        """What is new since the last time. It raises what the listener raises."""
        if self._on_output is None or self._size() <= self._offset:
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            while piece := file.read(PIECE):
                self._offset += len(piece)
                self._on_output(piece)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0


def last_lines(path: Path, lines: int) -> bytes:
    """Of a file that may not be there yet. A line longer than the piece that is read is cut."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - PIECE))
            return b"\n".join(file.read().rstrip(b"\n").split(b"\n")[-lines:])
    except FileNotFoundError:
        return b""
