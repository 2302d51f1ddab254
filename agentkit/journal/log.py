"""The journal file: append-only JSON lines, one fsync a record, one writer."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.events import Event, Observer
from agentkit.errors import RunProblem
from agentkit.journal.fold import RunState

SCHEMA = 1
"""Of one line. A reader takes every line whose schema it knows, whatever its kind."""


class Journal:
    """The only writer of a run's journal; `state` is always the fold of what is on disk.

    Raises RunProblem if another process holds the run or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"
        self.observers: list[Observer] = []
        self.state = RunState()
        self._lock = _take_lock(folder / "journal.lock")
        repair(self.path)
        for event in read_events(self.path):
            self.state.apply(event)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def append(self, kind: str, attempt: str = "", /, **data: Any) -> Event:
        """On disk when this returns; then folded and told to the observers."""
        event = Event(number=self.state.count, time=time.time(), kind=kind, attempt=attempt, data=data)
        line = {
            "v": SCHEMA,
            "n": event.number,
            "t": event.time,
            "kind": kind,
            "attempt": attempt,
            "data": data,
        }
        encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        start = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, encoded)
            if written != len(encoded):
                raise OSError(28, "No space left on device")
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, start)  # no half line stays for the next writer to repair
            raise RunProblem(
                f"{self.path} cannot be written: {error.strerror}.",
                "Nothing that was recorded is lost; the run stops here.",
                f"Next: make room, then `agentkit resume {self.path.parent}`.",
            ) from error
        self.state.apply(event)
        self._tell(event)
        return event

    def tell(self, kind: str, attempt: str = "", /, **data: Any) -> None:
        """A passing event (progress, output): told, never stored."""
        self._tell(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)

    def _tell(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)


def read_events(path: Path) -> Iterator[Event]:
    """Every whole line, oldest first. A torn last one is left out; a damaged one is an error."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
                yield _event(record)
            except (ValueError, KeyError, TypeError) as error:
                raise RunProblem(
                    f"{path} is damaged in line {number + 1}: {error}.",
                    f"Found: {line[:120]!r}",
                    "Next: restore the file from a copy, or cut it before that line; what follows is lost.",
                ) from error


def repair(path: Path) -> bool:
    """Move a torn last line to `journal.torn`; True if there was one."""
    if not path.exists():
        return False
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end == len(data):
        return False
    with path.with_suffix(".torn").open("ab") as torn:
        torn.write(data[end:] + b"\n")
    os.truncate(path, end)
    return True


def _event(record: Mapping[str, Any]) -> Event:
    if record["v"] > SCHEMA:
        raise ValueError(f"it was written by a newer agentkit (schema {record['v']}, known: {SCHEMA})")
    return Event(
        number=record["n"],
        time=record["t"],
        kind=record["kind"],
        attempt=record.get("attempt", ""),
        data=record.get("data", {}),
    )


def _take_lock(path: Path) -> int:
    """An flock, so that the kernel frees it when the holder dies; the holder's pid is in the file."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RunProblem(
            f"The run folder {path.parent} cannot be written: {error.strerror}.",
            "Next: choose another one with --runs-folder, or mend its permissions.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise RunProblem(
            f"The run {path.parent.name} is being written by process {holder}.",
            f"Next: wait for it, stop it with `kill -INT {holder}`, or look on with `agentkit show`.",
        ) from error
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock
