"""SharedBudget: caps over several runs, and beside them a file in which each run keeps what it has committed.

team.toml        dollars = 20, written by a person
team.toml.used   a line a run, changed in place and under a lock
"""

from __future__ import annotations

import errno
import fcntl
import functools
import json
import os
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from agentkit.contracts.budget import SharedCaps
from agentkit.contracts.events import Event
from agentkit.errors import BadFile, BudgetSpent, RunProblem, UsageError
from agentkit.journal.fold import RunState

LOCK_SECONDS = 10.0
"""Others hold the lock for less than a millisecond; whoever holds it so long was stopped in that moment."""
EXAMPLE = "dollars = 20"
NAMED = 3
"""Runs that a message names, those that used most first."""
UNKNOWN = "unknown"


class Share(NamedTuple):
    """What one run has committed: spent, and what its calls under way may cost at most."""

    dollars: float | None = 0.0
    """None: at least one call has no known price."""
    tokens: int = 0
    attempts: int = 0
    gpu_seconds: float = 0.0

    def line(self, run: str) -> bytes:
        """Of the file. Its length does not depend on the amounts, so it is changed where it stands."""
        dollars = UNKNOWN if self.dollars is None else repr(self.dollars)
        amounts = f"{dollars:>24} {self.tokens:>15} {self.attempts:>9} {self.gpu_seconds!r:>24}"
        return f"{amounts} {run}\n".encode()


HEAD = f"{'dollars':>24} {'tokens':>15} {'attempts':>9} {'gpu_seconds':>24} run\n"


@functools.lru_cache(1024)  # most lines are as they were a moment ago
def parse_line(line: str) -> tuple[str, Share]:
    """The run as it stands there, and its share. Raises ValueError for what `Share.line` did not write."""
    if not line.endswith('"\n'):
        raise ValueError("a line is cut off")
    dollars, tokens, attempts, gpu_seconds, run = line[:-1].split(None, 4)
    spent = None if dollars == UNKNOWN else float(dollars)
    return run, Share(spent, int(tokens), int(attempts), float(gpu_seconds))


def read_caps(file: Path) -> SharedCaps:
    """Raises UsageError where there is no such file, and BadFile for a mistake in it."""
    known = ", ".join(SharedCaps.model_fields)
    try:
        caps = SharedCaps.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(
            f"The shared budget {file} cannot be read: {error.strerror}.",
            f"Next: write it, with one cap a line, such as `{EXAMPLE}`; known: {known}",
        ) from error
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        if name not in SharedCaps.model_fields:
            raise BadFile(file, name, f"one of the caps {known}", f"'{name}'") from error
        expected = fault["msg"].removeprefix("Input should be ")
        raise BadFile(file, name, expected, repr(fault["input"])) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(file, "", "TOML", str(error)) from error
    if caps == SharedCaps():
        raise BadFile(file, "", f"at least one of the caps {known}", "none")
    return caps


def total_share(shares: Iterable[Share]) -> Share:
    """Field by field; an unknown price makes the sum unknown."""
    dollars: float | None = 0.0
    tokens, attempts, gpu_seconds = 0, 0, 0.0
    for each in shares:
        dollars = None if dollars is None or each.dollars is None else dollars + each.dollars
        tokens += each.tokens
        attempts += each.attempts
        gpu_seconds += each.gpu_seconds
    return Share(dollars, tokens, attempts, gpu_seconds)


class SharedBudget:
    """One run's part in it.

    A run writes what it has committed as a whole, as its own journal has it. So writing it twice changes
    nothing, a run that was killed stays at its upper bound, and one that is resumed corrects it.
    Raises RunProblem where the file cannot be used.
    """

    def __init__(self, file: Path, caps: SharedCaps, run: Path, state: RunState) -> None:
        self.file, self.caps, self.run, self.state = file, caps, run, state
        self._used = file.with_name(f"{file.name}.used")
        self._name = json.dumps(str(run))
        self._locked: int | None = None
        self._promised = 0
        self._written: Share | None = None

    @property
    def own(self) -> Share:
        """What this run has committed, attempts that are about to be recorded included."""
        committed = self.state.ledger.committed
        return Share(
            dollars=committed.dollars,
            tokens=committed.tokens,
            attempts=max(len(self.state.selected), self._promised),
            gpu_seconds=committed.gpu_seconds,
        )

    def others(self) -> dict[str, Share]:
        """What each other run has committed, by the path of its folder."""
        with self._lock() as file:
            found = self._read(file)
        return {json.loads(run): share for run, (_, share) in found.items() if run != self._name}

    @contextmanager
    def change(self) -> Iterator[Share]:
        """Gives the sum of the others; what this run has committed by the end of the block is then written.

        No other run comes between. A block that raises writes nothing.
        """
        with self._lock() as file:
            lines = self._read(file)
            former = lines.pop(self._name, None)
            yield total_share(share for _, share in lines.values())
            own = self.own
            self._write(file, former, own)
            self._written = own

    def keep(self) -> None:
        """Write what this run has committed, where it is not what is written."""
        if self.own != self._written:
            with self.change():
                pass

    def observe(self, event: Event) -> None:
        """Follow the run's journal: what is settled is free for the others at once."""
        if event.number >= 0:
            self.keep()

    def take_attempts(self, wanted: int) -> int:
        """How many of so many new attempts the caps allow; these are this run's from now on."""
        if self.caps.attempts is None:
            return wanted
        with self.change() as others:
            made = len(self.state.selected)
            taken = max(0, min(wanted, self.caps.attempts - others.attempts - made))
            self._promised = made + taken
        return taken

    def left(self) -> dict[str, float]:
        """What the caps still leave, by cap; only those that are set and can be told."""
        with self._lock() as file:
            shares = [share for run, (_, share) in self._read(file).items() if run != self._name]
        used = total_share([*shares, self.own])
        caps = self.caps.model_dump(exclude_none=True)
        known = {name: (cap, getattr(used, name)) for name, cap in caps.items()}
        return {name: max(0, cap - amount) for name, (cap, amount) in known.items() if amount is not None}

    def check_gpu_seconds(self) -> None:
        """Raise BudgetSpent once they are used; what an evaluation will take is not known before it."""
        if self.left().get("gpu_seconds", 1.0) <= 0.0:
            raise self.spent("gpu_seconds")

    def spent(self, cap: str) -> BudgetSpent:
        """The error for a cap that leaves no room, one of `SharedCaps.model_fields`."""
        noun = cap.replace("gpu_seconds", "GPU-seconds")
        return BudgetSpent(
            f"The cap of {say(getattr(self.caps, cap))} {noun} in {self.file}, which several runs share, "
            f"leaves no room: {self._who(cap)}; "
            f"raise it there, then `agentkit resume {self.run}`."
        )

    def _who(self, cap: str) -> str:
        """Who used how much."""
        others = {Path(run).name: getattr(share, cap) for run, share in self.others().items()}
        unpriced = [run for run, amount in others.items() if amount is None]
        if unpriced:
            return f"what {unpriced[0]} has spent has no known price"
        order = sorted((run for run in others if others[run]), key=lambda run: -others[run])
        parts = [f"{run} has used {say(others[run])}" for run in order[:NAMED]]
        rest = order[NAMED:]
        if rest:
            parts.append(f"{len(rest)} more {say(sum(others[run] for run in rest))}")
        return ", ".join([*parts, f"this run {say(getattr(self.own, cap) or 0)}"])

    @contextmanager
    def _lock(self) -> Iterator[int]:
        """The file, open and locked; the kernel frees the lock when its holder dies. Can be nested."""
        if self._locked is not None:
            yield self._locked
            return
        try:
            self._locked = os.open(self._used, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._wait_for(self._locked)
            yield self._locked
        finally:
            os.close(self._locked)
            self._locked = None

    def _wait_for(self, file: int) -> None:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise RunProblem(
                        f"Another run has held the shared budget {self.file} for {LOCK_SECONDS:g} s.",
                        "Next: look for one that was stopped (Ctrl-Z) and let it go on, or end it",
                        f"Then: agentkit resume {self.run}",
                    ) from None
                time.sleep(0.0005)
            else:
                return

    def _read(self, file: int) -> dict[str, tuple[int, Share]]:
        """By run: where its line begins, and what it says."""
        found: dict[str, tuple[int, Share]] = {}
        place, line = len(HEAD), ""
        try:
            text = os.pread(file, os.fstat(file).st_size, 0).decode("ascii")
            if text and not text.startswith(HEAD):
                raise ValueError("its first line is not the one of this version")
            for line in text[len(HEAD) :].splitlines(keepends=True):
                run, share = parse_line(line)
                found[run] = place, share
                place += len(line)
        except ValueError as error:
            raise RunProblem(
                f"{self._used}, where runs keep what they use of a shared budget, is damaged: {error}.",
                f"Found: {line[:120].strip()}" if line else "",
                "Next: restore it; or remove it, then resume each of its runs, which writes its part anew",
            ) from error
        return found

    def _write(self, file: int, former: tuple[int, Share] | None, own: Share) -> None:
        """On disk when this returns, but for what only frees: that may be lost, and then too much is held."""
        size = os.fstat(file).st_size
        line = ("" if size else HEAD).encode() + own.line(self._name)
        try:
            if os.pwrite(file, line, size if former is None else former[0]) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if former is None or exceeds(own, former[1]):
                os.fdatasync(file)
        except OSError as error:
            os.ftruncate(file, size)
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> RunProblem:
        return RunProblem(
            f"{self._used} cannot be written: {error.strerror}.",
            "A run keeps there what it uses of the shared budget; it stops here, and nothing is lost.",
            f"Next: mend that, then `agentkit resume {self.run}`",
        )


def exceeds(one: Share, other: Share) -> bool:
    """In at least one amount; an unknown price exceeds every known one."""
    pairs = zip(one, other, strict=True)
    return any(new is None or (old is not None and new > old) for new, old in pairs if new != old)


def say(amount: float) -> str:
    return f"{amount:,}" if isinstance(amount, int) else f"{amount:.4g}"
