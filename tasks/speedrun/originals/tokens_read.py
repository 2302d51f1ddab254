"""Which shards a run opened, told by the kernel, beside the steps that it says it made.

A loader opens a shard before it reads from it, so tokens of a shard that nobody opened were not read. That is
a lower bound of what a run must have opened, and all that it proves: a shard may be opened and not read,
read twice, or opened by another run on this machine that uses the same files. Where the kernel tells nothing
(no inotify, a file system that has no events, a run that another process began) nothing is concluded.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from agentkit.contracts.outcome import Flag

IN_OPEN, IN_Q_OVERFLOW = 0x20, 0x4000
EVENT = struct.Struct("iIII")
READ_BYTES = 64 * 1024
CODE = "tokens_read"


class ShardWatch:
    """From its making on, until `close`. Watches files, not names: a mount of the same file counts too."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._names: dict[int, str] = {}
        self._opened: set[str] = set()
        self._whole = True
        self._file = -1
        paths = list(paths)
        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "inotify_init1"):
            return
        self._file = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for path in paths if self._file >= 0 else ():
            number = library.inotify_add_watch(self._file, os.fsencode(path), IN_OPEN)
            self._whole = self._whole and number >= 0
            self._names[number] = path.name
        self._try(paths)

    def _try(self, paths: list[Path]) -> None:
        """An event of our own shows that this file system has events at all; then it is forgotten."""
        for path in paths[:1]:
            path.open("rb").close()
            self._read()
            self._whole = self._whole and path.name in self._opened
        self._opened.clear()

    def opened(self) -> frozenset[str] | None:
        """Names of files; None: nobody knows."""
        self._read()
        return frozenset(self._opened) if self._whole and self._file >= 0 else None

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _read(self) -> None:
        while self._file >= 0:
            try:
                data = os.read(self._file, READ_BYTES)
            except BlockingIOError:
                return
            place = 0
            while place < len(data):
                number, mask, _, length = EVENT.unpack_from(data, place)
                place += EVENT.size + length
                self._whole = self._whole and not mask & IN_Q_OVERFLOW
                if number in self._names and mask & IN_OPEN:
                    self._opened.add(self._names[number])


def token_flags(
    opened: frozenset[str], tokens: Mapping[str, int], steps: int, tokens_a_step: int | None
) -> list[Flag]:
    """`tokens`: of each training shard that the run was given, by name; `tokens_a_step`: the fewest that a
    step of either end takes, None where that is not known, as where batches grow while it trains."""
    read = sorted(opened & set(tokens))
    if not read:
        evidence = f"it printed {steps} steps, but opened none of the {len(tokens)} training shards"
        return [Flag(code=CODE, evidence=evidence)]
    if tokens_a_step is None:
        return []
    wanted, held = steps * tokens_a_step, sum(tokens[name] for name in read)
    there = sum(tokens.values())
    said = f"{steps} steps of {tokens_a_step:,} tokens, as those of the task's own scripts, are {wanted:,}"
    if held < min(wanted, there):
        evidence = f"{said}; the {len(read)} training shards that it opened hold {held:,}"
        return [Flag(code=CODE, evidence=evidence)]
    if wanted > there:
        return [Flag(code=CODE, evidence=f"{said}; all {len(tokens)} training shards hold {there:,}")]
    return []
