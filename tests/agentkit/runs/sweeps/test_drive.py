from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agentkit.contracts.sweep import CellRow
from agentkit.errors import RunProblem, Terminated
from agentkit.runs.sweeps.drive import LONGEST_WAIT, Drive, Moment
from agentkit.runs.sweeps.file import Retry
from agentkit.runs.sweeps.place import SweepFolder
from agentkit.runs.sweeps.tries import Ending, Entry, read_entries, write_entry
from agentkit.sandboxes.gpus.tickets import lock_file
from tests.agentkit.runs.sweeps.conftest import NUMBERS, LayOut

Plan = Sequence[Ending | None]
"""How each go at a cell ends; None: its worker dies without a word."""
AT_ONCE = Retry(tries=3, seconds=0)


class Engine:
    """Works on cells at once, and ends each go as it was told."""

    name = "tests"

    def __init__(self, ends: Callable[[Path], Plan], width: int = 2) -> None:
        self.ends, self.width = ends, width
        self.started: list[str] = []
        self.stopped = False
        self.queue: frozenset[str] = frozenset()

    def start(self, cells: Sequence[Path]) -> None:
        assert len(cells) <= self.width
        for cell in cells:
            plan = self.ends(cell)
            how = plan[min(self.started.count(cell.name), len(plan) - 1)]
            self.started.append(cell.name)
            write_entry(cell, Entry(kind="began"))
            if how is not None:
                run = cell / "tries" / "r1"
                run.mkdir(exist_ok=True)
                (run / "run.json").write_text("{}")
                write_entry(cell, Entry(kind="ended", how=how, reason=f"why {how}", run="r1"))

    def working(self) -> frozenset[str]:
        return self.queue

    def room(self) -> int:
        return self.width

    def stop(self) -> None:
        self.stopped = True


class Watcher:
    def __init__(self) -> None:
        self.ends: list[CellRow] = []
        self.moments: list[Moment] = []

    def look(self, moment: Moment) -> None:
        self.moments.append(moment)

    def ended(self, row: CellRow) -> None:
        self.ends.append(row)


def drive(folder: SweepFolder, ends: Callable[[Path], Plan], retry: Retry = AT_ONCE) -> tuple[Drive, Engine]:
    engine = Engine(ends)
    driven = Drive(folder, engine, retry, Watcher())
    driven.run(folder.grid)
    return driven, engine


@pytest.mark.parametrize(
    ("ends", "state", "goes"),
    [
        (["finished"], "finished", 1),
        (["infrastructure", "finished"], "finished", 2),
        ([None, "stopped", "finished"], "finished", 3),
        (["infrastructure"], "failed", 3),
        ([None], "failed", 3),
        (["stopped"], "failed", 3),
        (["fault"], "failed", 1),
        (["refused"], "refused", 1),
    ],
)
def test_what_was_cut_short_is_begun_again_and_what_failed_is_not(
    lay_out: LayOut, ends: Plan, state: str, goes: int
) -> None:
    folder = lay_out()
    driven, engine = drive(folder, lambda cell: ends)
    assert {row.state for row in driven.rows.values()} == {state}
    assert len(engine.started) == 2 * goes
    assert engine.stopped
    for spec in folder.grid:
        entries = read_entries(folder.cell(spec))
        assert sum(entry.kind == "began" for entry in entries) == goes, "every try is kept"


def test_what_is_done_is_not_begun(lay_out: LayOut) -> None:
    folder = lay_out()
    drive(folder, lambda cell: ["finished"])
    _, engine = drive(folder, lambda cell: ["finished"])
    assert engine.started == []


def test_an_engines_word_is_the_reason_of_a_loss(lay_out: LayOut) -> None:
    folder = lay_out()

    class Scheduler(Engine):
        def start(self, cells: Sequence[Path]) -> None:
            super().start(cells)
            for cell in cells:
                write_entry(cell, Entry(kind="ended", how="stopped", reason="cancelled (job 7)"))

    driven = Drive(folder, Scheduler(lambda cell: [None]), AT_ONCE, Watcher())
    driven.run(folder.grid)
    assert {row.reason for row in driven.rows.values()} == {"cancelled (job 7) (cut short 3 times)"}


def test_a_worker_that_ends_before_it_begins_was_cut_short(lay_out: LayOut) -> None:
    folder = lay_out()

    class Broken(Engine):
        def start(self, cells: Sequence[Path]) -> None:
            self.started += [cell.name for cell in cells]

    engine = Broken(lambda cell: [])
    driven = Drive(folder, engine, AT_ONCE, Watcher())
    rows = driven.run(folder.grid)
    assert {row.reason for row in rows.values()} == {
        "its worker ended before it began, see worker.log (cut short 3 times)"
    }
    assert {row.state for row in rows.values()} == {"failed"}
    assert len(engine.started) == 2 * 3


def test_a_cell_that_somebody_elses_worker_has_is_not_called_lost(
    lay_out: LayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.runs.sweeps.drive.BUSY_SECONDS", 0.05)
    folder = lay_out()
    cell = folder.cell(folder.grid[0])
    locks: list[int] = []

    class Late(Engine):
        def start(self, cells: Sequence[Path]) -> None:
            if cell in cells and not locks:  # the other was first; ours ends with BUSY
                lock = lock_file(cell / "lock", fcntl.LOCK_EX)
                assert lock is not None
                locks.append(lock)
                write_entry(cell, Entry(kind="began"))
                cells = [each for each in cells if each != cell]
            super().start(cells)

    class Other(Watcher):
        def look(self, moment: Moment) -> None:
            super().look(moment)
            if len(self.moments) == 3:
                write_entry(cell, Entry(kind="ended", how="infrastructure"))
                os.close(locks[0])

    driven = Drive(folder, Late(lambda cell: ["finished"]), AT_ONCE, Other())
    assert {row.state for row in driven.run(folder.grid).values()} == {"finished"}
    assert [entry.how for entry in read_entries(cell)] == [None, "infrastructure", None, "finished"]


def test_a_cell_that_is_removed_on_the_way_is_made_anew(lay_out: LayOut) -> None:
    folder = lay_out()
    first, second = map(folder.cell, folder.grid)

    def ends(cell: Path) -> Plan:
        if cell == first:
            shutil.rmtree(second)
        return ["finished"]

    engine = Engine(ends, width=1)
    rows = Drive(folder, engine, AT_ONCE, Watcher()).run(folder.grid)
    assert {row.state for row in rows.values()} == {"finished"}
    assert (second / "spec.json").is_file()


def test_waits_grow_to_the_longest_and_no_further(lay_out: LayOut) -> None:
    driven = Drive(lay_out(), Engine(lambda cell: []), Retry(seconds=30), Watcher())
    assert [driven._pause(failed) for failed in (1, 2, 3, 5000)] == [30, 60, 120, LONGEST_WAIT]


def test_a_spent_budget_begins_nothing_more(lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS.replace("[0, 1]", "[0, 1, 2, 3]"))
    driven, engine = drive(folder, lambda cell: ["budget"])
    assert driven.spent == "why budget"
    assert len(engine.started) == 2
    states = [row.state for row in driven.rows.values()]
    assert states == ["failed", "failed", "waiting", "waiting"]


def test_a_tried_cell_waits_and_then_all_do_if_none_gets_through(lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS.replace("[0, 1]", "[0, 1, 2, 3]"))
    began = time.monotonic()
    driven, engine = drive(folder, lambda cell: ["infrastructure", "finished"], Retry(tries=3, seconds=0.3))
    assert time.monotonic() - began >= 0.3
    assert len(engine.started) == 8
    assert isinstance(driven.watcher, Watcher)
    assert any(moment.waiting_until is not None for moment in driven.watcher.moments)
    assert len(set(engine.started[:4])) == 4, "those never tried come first"


def test_a_cell_that_an_earlier_worker_still_closes_is_waited_for(
    lay_out: LayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.runs.sweeps.drive.BUSY_SECONDS", 0.05)
    folder = lay_out()
    lock = lock_file(folder.cell(folder.grid[0]) / "lock", fcntl.LOCK_EX)
    assert lock is not None
    order: list[str] = []

    def ends(cell: Path) -> Plan:
        order.append(cell.name)
        if len(order) == 1:
            os.close(lock)
        return ["finished"]

    driven, _ = drive(folder, ends)
    assert order == [folder.grid[1].digest, folder.grid[0].digest]
    assert {row.state for row in driven.rows.values()} == {"finished"}


def test_what_an_engine_has_in_its_queue_is_not_handed_in_twice(lay_out: LayOut) -> None:
    folder = lay_out()
    engine = Engine(lambda cell: ["finished"])
    engine.queue = frozenset({folder.grid[0].digest})

    class Impatient(Watcher):
        def look(self, moment: Moment) -> None:
            super().look(moment)
            if len(self.moments) == 2:
                engine.queue = frozenset()

    Drive(folder, engine, AT_ONCE, Impatient()).run(folder.grid)
    assert engine.started[0] == folder.grid[1].digest


@pytest.mark.parametrize("error", [KeyboardInterrupt, Terminated, RunProblem])
def test_the_engine_is_stopped_however_it_ends(lay_out: LayOut, error: type[BaseException]) -> None:
    class Interrupting(Watcher):
        def look(self, moment: Moment) -> None:
            raise error("enough")

    folder = lay_out()
    engine = Engine(lambda cell: ["finished"])
    with pytest.raises(error):
        Drive(folder, engine, AT_ONCE, Interrupting()).run(folder.grid)
    assert engine.stopped
