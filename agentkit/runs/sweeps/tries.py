"""Tries: when work on a cell was begun and how it ended, a line each, in the cell's folder.

What a run did is in its journal; this holds what the journal cannot tell: that a run never came to one, that
its worker was killed, whose fault an end was. It is only ever appended to, so every failed try stays.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from agentkit.contracts.record import Record

FILE = "tries.jsonl"
Ending = Literal["finished", "stopped", "infrastructure", "lost", "fault", "refused", "budget"]
"""`finished`: the run came to an end of its own. `stopped`: somebody asked it to stop. `infrastructure`: the
machine, the network or a model's server failed. `lost`: its process is gone without a word. `fault`: the run
cannot go on, and would not another time. `refused`: it could not begin. `budget`: the sweep's was spent."""
COUNTED: tuple[Ending, ...] = ("infrastructure", "lost")
"""Ends after which a cell is begun again, so many times."""


class Entry(Record):
    """One line. `again`: a person asked for new tries, whatever happened before."""

    kind: Literal["began", "ended", "again"]
    time: float = 0.0
    how: Ending | None = None
    """Of `ended`."""
    reason: str = ""
    lines: tuple[str, ...] = ()
    """What else its error said."""
    run: str = ""
    """Name of the run's folder, where there was one."""
    worker: str = ""
    """Host and process."""


def write_entry(cell: Path, entry: Entry) -> Entry:
    """On disk when this returns, with the time and who wrote it. Raises OSError."""
    entry = entry.model_copy(update={"time": time.time(), "worker": f"{socket.gethostname()}:{os.getpid()}"})
    file = os.open(cell / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        line = (("\n" if torn else "") + entry.model_dump_json(exclude_defaults=True) + "\n").encode()
        if os.write(file, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)
    return entry


def read_entries(cell: Path) -> list[Entry]:
    """Oldest first; a torn line, of a machine that went down, is left out."""
    try:
        lines = (cell / FILE).read_bytes().splitlines()  # a text's would end at U+2028, too
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Entry.model_validate_json(line))
        except ValidationError:
            continue
    return found


def failures(entries: Sequence[Entry]) -> int:
    """How often it was cut short by what was not its own doing, since a person last asked for new tries."""
    count = 0
    for entry in entries:
        count = 0 if entry.kind == "again" else count + (entry.how in COUNTED)
    return count
