"""SharedLimit: the limit of one endpoint and who holds its places, in files that the runs of a host share."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.record import Record

SHORT_WAIT = 2.0
"""Up to here a Retry-After is about the one call; a longer one is about the account, so about all calls."""
LONGEST_CLOSURE = 300.0
"""After this somebody may look again, whatever was asked: the account may be another by then."""
_PROCESSES = 64
_COUNT_SECONDS = 0.25
# Where the locked bytes lie in the lock file. The file stays empty: a lock needs no byte to be there.
_FIRST_PROCESS = 1_000_000
_STATE = 2_000_000

_log = logging.getLogger(__name__)


class Limit(Record):
    """What is known of an endpoint. `calls` None: it has refused nothing yet. Times are of the wall clock."""

    calls: int | None = None
    epoch: int = 0
    """How often it was cut."""
    ceiling: int = 0
    """How many calls at once were too many the last time."""
    strikes: int = 0
    """Cuts in a row, no call being answered in between, when even one at a time was too many."""
    cut_at: float = 0.0
    open_at: float = 0.0
    """Until then nobody calls."""

    def cut(self, calls: int, retry_after: float | None, longest: float) -> Limit:
        """After a 429 with so many calls allowed, or running where there was no limit yet."""
        now = time.time()
        strikes = self.strikes + 1 if calls == 1 else 0
        pause = min(longest, 0.25 * 2.0 ** min(strikes - 2, 30)) if strikes > 1 else 0.0
        return Limit(
            calls=max(1, calls // 2),
            epoch=self.epoch + 1,
            ceiling=calls,
            strikes=strikes,
            cut_at=now,
            open_at=max(self.open_at, now + pause),
        ).closed(retry_after)

    def closed(self, retry_after: float | None) -> Limit:
        if retry_after is None or retry_after <= SHORT_WAIT:
            return self
        until = time.time() + min(retry_after, LONGEST_CLOSURE)
        return self.model_copy(update={"open_at": max(self.open_at, until)})

    def raised(self) -> Limit:
        return self.model_copy(update={"calls": None if self.calls is None else self.calls + 1})

    @property
    def window(self) -> float:
        """Answers until one more call at once is tried.

        Quickly back to where it was too much the last time, slowly around there, and evenly beyond.
        """
        calls = self.calls or 1
        if abs(calls + 1 - self.ceiling) <= 1:
            return 8.0 * calls
        return calls / 2 if calls < self.ceiling else float(calls)


class SharedLimit:
    """Places are locked bytes of a file: the kernel frees them when their process ends, however it ends.

    Nothing is opened until a limit is set or found. Where the folder cannot be written, the limit holds
    in this process alone. Not for several threads at once: the Endpoint sees to that.
    """

    def __init__(self, folder: Path, name: str) -> None:
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)[:60]
        stem = f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        self._state = folder / f"{stem}.json"
        self._locks = folder / f"{stem}.lock"
        self._file: int | None = None
        self._alone = False
        self._limit = Limit()
        self._seen: tuple[int, int] | None = None
        self._held: set[int] = set()
        self._member: int | None = None
        self._others = (0.0, 0)

    def read(self) -> Limit:
        """What the host knows now; costs one stat while nothing changes."""
        try:
            found = self._state.stat()
        except OSError:
            return self._limit
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen and not self._alone:
            with contextlib.suppress(OSError, ValidationError):
                self._limit = Limit.model_validate_json(self._state.read_bytes())
            self._seen = seen
        return self._limit

    def change(self, made: Callable[[Limit], Limit]) -> None:
        """Replace the limit by what `made` makes of the newest one; no other process can come between."""
        with self._exclusively():
            limit = made(self.read())
            if limit == self._limit:
                return
            self._limit = limit
            if self._alone:
                return
            try:
                draft = self._state.with_suffix(f".{os.getpid()}")
                draft.write_text(limit.model_dump_json())
                draft.replace(self._state)
            except OSError as error:
                self._give_up(error)

    def take(self, places: int) -> int | None:
        """One of the first so many places, or None if all are held by this process or another."""
        self._join()
        for place in range(places):
            if place not in self._held and self._lock(place):
                self._held.add(place)
                return place
        return None

    def give(self, place: int) -> None:
        self._held.discard(place)
        self._unlock(place)

    def processes(self, now: float) -> int:
        """How many processes of the host are calling or waiting, this one included."""
        counted_at, others = self._others
        if now - counted_at > _COUNT_SECONDS:
            others = 0
            for number in range(_FIRST_PROCESS, _FIRST_PROCESS + _PROCESSES):
                if number == self._member:
                    continue
                if self._lock(number):
                    self._unlock(number)
                else:
                    others += 1
            self._others = (now, others)
        return 1 + others

    def retire(self) -> None:
        """This process neither calls nor waits."""
        if self._member is not None:
            self._unlock(self._member)
            self._member = None

    def _join(self) -> None:
        if self._member is not None:
            return
        for number in range(_FIRST_PROCESS, _FIRST_PROCESS + _PROCESSES):
            if self._lock(number):
                self._member = number
                return

    def _lock(self, byte: int) -> bool:
        file = self._open()
        if file is None:
            return True
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            self._give_up(error)
        return True

    def _unlock(self, byte: int) -> None:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

    def _open(self) -> int | None:
        if self._file is None and not self._alone:
            try:
                self._locks.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._locks, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                self._give_up(error)
        return self._file

    def _give_up(self, error: OSError) -> None:
        _log.warning("The limit of calls is not shared with other runs: %s: %s", self._locks, error.strerror)
        self._alone = True
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Others hold this for microseconds; one that was stopped meanwhile is not waited for."""
        for _ in range(50):
            if self._lock(_STATE):
                break
            time.sleep(0.001)
        try:
            yield
        finally:
            self._unlock(_STATE)
