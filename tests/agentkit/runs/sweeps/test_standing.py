from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from agentkit.contracts.sweep import RunSpec
from agentkit.journal.log import Journal
from agentkit.runs.sweeps.standing import LOCK, newest_run, row_of
from agentkit.runs.sweeps.tries import Ending, Entry, write_entry
from agentkit.sandboxes.gpus.tickets import lock_file


@pytest.fixture
def cell(tmp_path: Path, spec: RunSpec) -> Path:
    (tmp_path / "tries" / "r1").mkdir(parents=True)
    (tmp_path / "tries" / "r1" / "run.json").write_text("{}")
    (tmp_path / "spec.json").write_text(spec.model_dump_json())
    return tmp_path


def end(cell: Path, how: Ending, reason: str = "why") -> None:
    write_entry(cell, Entry(kind="began"))
    write_entry(cell, Entry(kind="ended", how=how, reason=reason, run="r1"))


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ("finished", "finished"), ("fault", "failed"), ("refused", "refused"), ("budget", "failed"),
        ("stopped", "waiting"), ("infrastructure", "waiting"), ("lost", "waiting"),
    ],
)  # fmt: skip
def test_an_end_gives_a_state_and_again_takes_it_back(
    cell: Path, spec: RunSpec, how: Ending, state: str
) -> None:
    assert row_of(cell, spec, 3).state == "waiting"
    end(cell, how)
    row = row_of(cell, spec, 3)
    assert (row.state, row.reason, row.tries) == (state, "why", 1)
    assert row.run == cell / "tries" / "r1"
    write_entry(cell, Entry(kind="again"))
    assert row_of(cell, spec, 3).state == "waiting"


def test_what_is_cut_short_too_often_failed(cell: Path, spec: RunSpec) -> None:
    for how in ("infrastructure", "stopped", "lost"):
        end(cell, how)
        assert row_of(cell, spec, 3).state == "waiting", "being stopped does not count"
    end(cell, "infrastructure", "the disk is full")
    row = row_of(cell, spec, 3)
    assert (row.state, row.reason, row.tries) == ("failed", "the disk is full (cut short 3 times)", 4)


def test_whoever_holds_the_lock_works_on_it(cell: Path, spec: RunSpec) -> None:
    write_entry(cell, Entry(kind="began"))
    lock = lock_file(cell / LOCK, fcntl.LOCK_EX)
    assert lock is not None
    assert row_of(cell, spec, 3).state == "running"
    os.close(lock)
    row = row_of(cell, spec, 3)
    assert (row.state, row.reason) == ("waiting", "its worker died")


def test_a_run_that_ended_just_before_its_worker_died_is_finished(cell: Path, spec: RunSpec) -> None:
    write_entry(cell, Entry(kind="began"))
    journal = Journal(cell / "tries" / "r1")
    journal.append("run_ended", state="ended", reason="all 3 attempts are made")
    journal.close()
    assert row_of(cell, spec, 3).state == "finished"


@pytest.mark.parametrize("how", ["lost", "stopped"])
def test_the_journal_is_believed_before_the_tries_are_counted(cell: Path, spec: RunSpec, how: Ending) -> None:
    journal = Journal(cell / "tries" / "r1")
    journal.append("run_started")
    end(cell, "lost")
    assert row_of(cell, spec, 1).state == "failed"
    journal.append("run_ended", state="ended", reason="all 3 attempts are made")
    journal.close()
    end(cell, how)
    row = row_of(cell, spec, 1)
    assert (row.state, row.reason, row.run) == ("finished", "all 3 attempts are made", cell / "tries" / "r1")


def test_a_finished_cell_shows_the_run_that_finished(cell: Path, spec: RunSpec) -> None:
    end(cell, "finished")
    (cell / "tries" / "r2").mkdir()
    (cell / "tries" / "r2" / "run.json").write_text("damaged")  # of an hour that came twice
    assert row_of(cell, spec, 3).run == cell / "tries" / "r1"


def test_what_is_gone_is_missing(cell: Path, spec: RunSpec) -> None:
    end(cell, "finished")
    shutil.rmtree(cell / "tries" / "r1")
    assert row_of(cell, spec, 3).state == "missing"
    assert row_of(cell / "nowhere", spec, 3).state == "missing"


def test_a_run_without_a_manifest_never_was(cell: Path) -> None:
    (cell / "tries" / "r2").mkdir()
    assert newest_run(cell) == cell / "tries" / "r1"
    (cell / "tries" / "r2" / "run.json").write_text("{}")
    assert newest_run(cell) == cell / "tries" / "r2"
