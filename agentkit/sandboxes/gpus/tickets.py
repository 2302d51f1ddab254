"""Tickets: the waiting line and the record of who holds what, as files of a folder that a host's runs share.

A ticket is two files: `NAME.json` says what is asked for and what is held; `NAME.lock` is locked by its owner
from before the first line is written until after the last is removed. So the kernel says who is alive, and a
record without a living owner is one that was not closed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.record import Record
from agentkit.sandboxes.gpus.holder import Holder
from agentkit.sandboxes.gpus.turns import Claim


class Ticket(Record):
    """What the file says. `devices` is empty while it waits."""

    holder: Holder
    exclusive: bool
    count: int
    among: tuple[str, ...]
    """Devices its owner may use at all."""
    devices: tuple[str, ...] = ()
    since: float
    """Wall clock: when it began to wait, or to hold."""


@dataclass(frozen=True)
class Seen:
    """A ticket in the folder."""

    name: str
    ticket: Ticket
    alive: bool
    """Whether its owner's process still is."""

    @property
    def claim(self) -> Claim:
        t = self.ticket
        return Claim(self.name, t.holder.run, t.exclusive, t.count, t.among, t.devices)


class OwnTicket:
    """A ticket of this process, from when it joins the line until it is closed."""

    def __init__(self, folder: Path, ticket: Ticket) -> None:
        """For the one who holds the line's lock, so that names sort by arrival."""
        self.folder = folder
        # The clock of the host, the same for all its processes; it does not go back.
        self.name = f"{time.clock_gettime_ns(time.CLOCK_BOOTTIME):020d}-{os.getpid()}"
        self._lock: int | None = lock_file(folder / f"{self.name}.lock", fcntl.LOCK_EX)
        self.ticket = ticket
        self.write(ticket)

    def write(self, ticket: Ticket) -> None:
        self.ticket = ticket
        draft = self.folder / f"{self.name}.draft"
        draft.write_text(ticket.model_dump_json(), encoding="utf-8")
        draft.replace(self.folder / f"{self.name}.json")

    def forget(self) -> None:
        """The record goes first: from here on there is nothing left to clean up after its owner."""
        (self.folder / f"{self.name}.json").unlink(missing_ok=True)

    def close(self) -> None:
        if self._lock is not None:
            self.forget()
            (self.folder / f"{self.name}.lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def lock_file(path: Path, how: int) -> int | None:
    """Its descriptor, locked; None if another has it. The kernel frees it with the last copy of it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_locked(path: Path) -> bool:
    """Asked with a shared lock, so that two who ask at once do not take each other for the owner."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_tickets(folder: Path) -> list[Seen]:
    """All that are there, by arrival."""
    found = []
    for path in sorted(folder.glob("*.json")):
        # Alive is asked before reading: an owner that closed in between is gone, not dead.
        alive = is_locked(path.with_suffix(".lock"))
        with contextlib.suppress(FileNotFoundError):
            try:
                ticket = Ticket.model_validate_json(path.read_bytes())
            except ValidationError:  # of another version: it holds its devices by their locks all the same
                continue
            found.append(Seen(path.stem, ticket, alive))
    return found


def sweep(folder: Path, seen: list[Seen]) -> None:
    """Remove what the dead left that never held anything. For the one who holds the line's lock."""
    for each in seen:
        if not each.alive and not each.ticket.devices:
            (folder / f"{each.name}.json").unlink(missing_ok=True)
    for path in folder.glob("*.lock"):
        if not path.with_suffix(".json").exists() and not is_locked(path):
            for suffix in (".draft", ".lock"):
                path.with_suffix(suffix).unlink(missing_ok=True)
