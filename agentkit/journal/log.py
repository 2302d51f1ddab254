"""The journal file: append-only JSON lines, one fsync a record, one writer."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agentkit.contracts.events import Event, Observer
from agentkit.errors import RunProblem
from agentkit.journal.fold import RunState
from agentkit.journal.proof import refuse_unproven

SCHEMA = 1
"""Of one line. A reader takes every line whose schema it knows, whatever its kind."""


Redact = Callable[[str], str]
"""Takes secrets out of a line of JSON and leaves it JSON."""


def unchanged(text: str) -> str:
    return text


class Draft(NamedTuple):
    """An event before it has a number."""

    kind: str
    attempt: str
    data: dict[str, Any]
    time: float


class Journal:
    """The only writer of a run's journal; `state` is always the fold of what is on disk.

    Raises RunProblem if another process holds the run or the folder cannot be written.
    """

    def __init__(self, folder: Path, redact: Redact = unchanged, *, name: str = "journal") -> None:
        self.path = folder / f"{name}.jsonl"
        self.observers: list[Observer] = []
        self.state = RunState()
        self._redact = redact
        self._waiting: list[tuple[Draft, asyncio.Future[Event]]] = []
        self._lock = _take_lock(folder / f"{name}.lock")
        repair(self.path)
        for event in read_events(self.path):
            self.state.apply(event)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def append(self, kind: str, attempt: str = "", /, **data: Any) -> Event:
        """On disk when this returns; then folded and told to the observers."""
        self._flush()  # what was handed in earlier comes first
        (event,) = self._commit([Draft(kind, attempt, data, time.time())])
        return event

    async def record(self, kind: str, attempt: str = "", /, **data: Any) -> Event:
        """Like `append`, but shares its fsync with all that is recorded in the same turn of the event loop.

        With two hundred attempts under way that is what keeps the disk from being the slowest part.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[Event] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((Draft(kind, attempt, data, time.time()), written))
        return await written

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            events = self._commit([draft for draft, _ in waiting])
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            for _, written in waiting:
                if not written.done():
                    written.set_exception(error)
            return
        for event, (_, written) in zip(events, waiting, strict=True):
            if not written.done():
                written.set_result(event)

    def _commit(self, drafts: Sequence[Draft]) -> list[Event]:
        """One write and one fsync; all of them are on disk, or none."""
        for draft in drafts:
            refuse_unproven(draft.kind, draft.data)
        events: list[Event] = []
        encoded = bytearray()
        for number, draft in enumerate(drafts, self.state.count):
            event, line = self._encode(draft, number)
            events.append(event)
            encoded += line
        start = os.fstat(self._file).st_size
        try:
            if os.write(self._file, encoded) != len(encoded):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, start)  # no half line stays for the next writer to repair
            raise RunProblem(
                f"{self.path} cannot be written: {error.strerror}.",
                "Nothing that was recorded is lost; the run stops here.",
                f"Next: make room, then `agentkit resume {self.path.parent}`.",
            ) from error
        for event in events:
            self.state.apply(event)
        for event in events:
            self._tell(event)
        return events

    def _encode(self, draft: Draft, number: int) -> tuple[Event, bytes]:
        """A line of the file. The event holds what is on disk: redacted, where there was a secret in it."""
        head = {"v": SCHEMA, "n": number, "t": draft.time, "kind": draft.kind, "attempt": draft.attempt}
        text = json.dumps({**head, "data": draft.data}, ensure_ascii=False, separators=(",", ":"))
        safe = self._redact(text)
        data = draft.data if safe is text or safe == text else json.loads(safe)["data"]
        event = Event(number=number, time=draft.time, kind=draft.kind, attempt=draft.attempt, data=data)
        return event, safe.encode() + b"\n"

    def tell(self, kind: str, attempt: str = "", /, **data: Any) -> None:
        """A passing event (progress, output): told, never stored."""
        self._tell(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    def close(self) -> None:
        self._flush()
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
