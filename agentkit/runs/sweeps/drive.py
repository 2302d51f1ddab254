"""Drive: has an engine work on the cells of a sweep until each is finished, failed or refused.

It keeps nothing that could not be lost: what is done is read from the cells' folders, by whoever drives next.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from agentkit.contracts.sweep import CellRow, Engine, RunSpec
from agentkit.runs.sweeps.file import Retry
from agentkit.runs.sweeps.place import SweepFolder, lay_out_cell, unwritable
from agentkit.runs.sweeps.standing import LOCK
from agentkit.runs.sweeps.tries import COUNTED, Entry, failures, read_entries, write_entry
from agentkit.sandboxes.gpus.tickets import is_locked

LOOK_SECONDS = 0.2
BUSY_SECONDS = 2.0
"""Before another look at a cell that a worker of an earlier sweep still closes."""
LONGEST_WAIT = 900.0
SUSPICIOUS = 3
"""So many cells cut short, and none between them that was not."""
FINAL = ("finished", "failed", "refused")


class Moment(NamedTuple):
    """The sweep as it stands."""

    total: int
    states: Counter[str]
    """Cells by state."""
    working: tuple[tuple[RunSpec, float], ...]
    """Cells under way, and since when, on the monotonic clock."""
    waiting_until: float | None
    """Nothing is under way until then, on the monotonic clock: what was cut short rests first."""


class Going(NamedTuple):
    """A cell under way."""

    place: int
    """In order."""
    spec: RunSpec
    since: float
    """On the monotonic clock."""
    seen: int = 0
    """How many entries it had before. 0: an earlier sweep has begun it, and this one cannot tell."""


class Watcher(Protocol):
    """Whoever is told."""

    def look(self, moment: Moment) -> None:
        """Several times a second."""

    def ended(self, row: CellRow) -> None:
        """Work on a cell ended, for good or not."""


@dataclass
class Drive:
    """One process's part in a sweep: the cells that it was given, by one engine."""

    folder: SweepFolder
    engine: Engine
    retry: Retry
    watcher: Watcher
    rows: dict[str, CellRow] = field(default_factory=dict)
    spent: str = ""
    """Why nothing more is begun: the sweep's budget has no room."""
    _queue: list[tuple[float, int, RunSpec]] = field(default_factory=list)
    """When it may be begun, its place in order, the cell."""
    _begun: dict[str, Going] = field(default_factory=dict)
    _cut_in_a_row: int = 0
    _not_before: float = 0.0

    def run(self, specs: Sequence[RunSpec]) -> dict[str, CellRow]:
        """Returns each cell's row at the end, by digest. However it is left, the engine's work is stopped."""
        self.rows = {spec.digest: self.folder.row(spec) for spec in specs}
        try:
            under_way = self.engine.working()  # its queue may outlive the process that filled it
            for place, spec in enumerate(specs):
                if spec.digest in under_way:
                    self._begun[spec.digest] = Going(place, spec, time.monotonic())
                elif self.rows[spec.digest].state not in FINAL:
                    heapq.heappush(self._queue, (0.0, place, spec))
            while self._begun or (self._queue and not self.spent):
                self._close(frozenset(self._begun) - self.engine.working())
                self._begin()
                self.watcher.look(self.moment())
                time.sleep(LOOK_SECONDS)
        finally:
            self.engine.stop()
        return self.rows

    def moment(self) -> Moment:
        states: Counter[str] = Counter(row.state for row in self.rows.values())
        for digest in self._begun:
            states[self.rows[digest].state] -= 1
        states["running"] += len(self._begun)
        working = tuple((going.spec, going.since) for going in self._begun.values())
        next_one = max(self._queue[0][0], self._not_before) if self._queue else 0.0
        idle = not self._begun and next_one > time.monotonic()
        return Moment(len(self.rows), +states, working, next_one if idle else None)

    def _begin(self) -> None:
        """As many as there is room for, in order; of those that may be begun now."""
        now = time.monotonic()
        room = 0 if self.spent or now < self._not_before else self.engine.room()
        cells: list[Path] = []
        while len(cells) < room and self._queue and self._queue[0][0] <= now:
            _, place, spec = heapq.heappop(self._queue)
            cell = self.folder.cell(spec)
            if is_locked(cell / LOCK):
                heapq.heappush(self._queue, (now + BUSY_SECONDS, place, spec))
                continue
            self._begun[spec.digest] = Going(place, spec, now, self._make_ready(spec))
            cells.append(cell)
        if cells:
            self.engine.start(cells)

    def _make_ready(self, spec: RunSpec) -> int:
        """How many entries the cell has; a folder that somebody has removed meanwhile is made anew."""
        cell = self.folder.cell(spec)
        try:
            if not (cell / "spec.json").is_file():
                lay_out_cell(cell, spec)
            return len(read_entries(cell))
        except OSError as error:
            raise unwritable(self.folder.path, error) from error

    def _close(self, gone: frozenset[str]) -> None:
        """Nothing works on these any more: final, or to be begun again."""
        for digest in sorted(gone, key=lambda each: self._begun[each].place):
            place, spec, _, seen = self._begun.pop(digest)
            cell = self.folder.cell(spec)
            row = self.folder.row(spec)
            if row.state not in FINAL:
                unwritten = note_loss(cell, seen)
                row = self.folder.row(spec)
                row = row.model_copy(update={"reason": unwritten or row.reason})
            self.rows[digest] = row
            entries = read_entries(cell)
            if entries and entries[-1].how == "budget":
                self.spent = row.reason
            if row.state not in FINAL:
                heapq.heappush(self._queue, (time.monotonic() + self._pause(failures(entries)), place, spec))
            self._heed(entries)
            self.watcher.ended(row)

    def _pause(self, failed: int) -> float:
        """Each wait is twice the last one."""
        doubled = min(max(0, failed - 1), 30)  # a larger power would in the end be no number
        return min(LONGEST_WAIT, self.retry.seconds * 2.0**doubled)

    def _heed(self, entries: Sequence[Entry]) -> None:
        """What cut short several in a row would cut short the next: a server that is away, a full disk."""
        cut = bool(entries) and entries[-1].how in COUNTED
        self._cut_in_a_row = self._cut_in_a_row + 1 if cut else 0
        if self._cut_in_a_row >= SUSPICIOUS:
            self._not_before = time.monotonic() + self._pause(self._cut_in_a_row - SUSPICIOUS + 1)


def note_loss(cell: Path, seen: int) -> str:
    """What an engine let go unfinished was cut short; its worker may have had no time to say by what, or even
    that it began: the first `seen` entries are of earlier ones.

    On a full disk nothing can be written: then it is begun again, uncounted, and what is returned says why.
    """
    if is_locked(cell / LOCK):  # ours left it to somebody else's, who is at it
        return ""
    entries = read_entries(cell)[seen:]
    last = entries[-1] if entries else None
    if last is not None and last.kind == "ended" and last.how != "stopped":
        return ""
    if last is None or last.kind == "again":
        reason = "its worker ended before it began, see worker.log"
    else:
        reason = last.reason if last.kind == "ended" else "its worker was killed"
    run = last.run if last else ""
    try:
        write_entry(cell, Entry(kind="ended", how="lost", reason=reason, run=run))
    except FileNotFoundError:  # the whole folder; it is made anew
        return ""
    except OSError as error:
        return f"{cell} cannot be written: {error.strerror}"
    return ""
