from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.runs.sweeps.place import SweepFolder
from agentkit.runs.sweeps.tries import Entry, read_entries, write_entry
from agentkit.runs.sweeps.worker import BUSY, Work, main, readable
from agentkit.sandboxes.gpus.tickets import lock_file
from tests.agentkit.runs.sweeps.conftest import NUMBERS, LayOut

BAD_SCAFFOLD = '''\
"""Breaks when it selects."""
from agentkit import Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT
from agentkit.search.policy import OneByOne


class BadPolicy(OneByOne):
    def choose(self, tree, pending, rng):
        return 1 / 0


class BadSettings(Record):
    """None."""


@scaffold
def bad(settings: BadSettings) -> Scaffold:
    """Breaks."""
    return Scaffold(policy=BadPolicy(), operators={"draft": DRAFT})
'''


@pytest.fixture(autouse=True)
def as_a_process(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker changes its own process: where it stands, what SIGTERM does."""
    monkeypatch.setenv("AGENTKIT_PROJECT", str(project))
    former = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, former)


def cell(folder: SweepFolder) -> Path:
    return folder.cell(folder.grid[0])


def ends(cell: Path) -> list[str]:
    return [entry.how or entry.kind for entry in read_entries(cell)]


def runs(cell: Path) -> list[Path]:
    return sorted(path.parent for path in (cell / "tries").glob("*/journal.jsonl"))


def test_a_cell_is_carried_out_once(lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS + "[budget]\nattempts = 40\n")
    assert main([str(cell(folder))]) == 0
    assert ends(cell(folder)) == ["began", "finished"]
    (run,) = runs(cell(folder))
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["state"], summary["best"]["fsr"], summary["seed"]) == ("ended", 0.0, 0)
    assert summary["settings"]["shared_budget"] == str(folder.path / "budget.toml")
    assert str(run) in (folder.path / "budget.toml.used").read_text()
    row = folder.row(folder.grid[0])
    assert (row.state, row.run, row.tries) == ("finished", run, 1)
    journal = (run / "journal.jsonl").read_bytes()
    (cell(folder) / "tries.jsonl").unlink()  # as if its worker had been killed before the last line
    write_entry(cell(folder), Entry(kind="began"))
    assert main([str(cell(folder))]) == 0
    assert (run / "journal.jsonl").read_bytes() == journal, "nothing that ended is run again"
    assert folder.row(folder.grid[0]).state == "finished"


def test_what_cannot_begin_is_refused_and_makes_no_run(lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS.replace("toy/number", "toy/nmber"))
    assert main([str(cell(folder))]) != 0
    row = folder.row(folder.grid[0])
    assert (row.state, row.reason, row.run) == ("refused", "There is no task 'toy/nmber'.", None)
    assert "Did you mean: toy/number?" in read_entries(cell(folder))[-1].lines


def test_a_broken_kit_is_a_fault_and_its_run_stays(project: Path, lay_out: LayOut) -> None:
    (project / "scaffolds").mkdir()
    (project / "scaffolds" / "bad.py").write_text(BAD_SCAFFOLD)
    folder = lay_out(NUMBERS.replace("nop", "bad") + 'model = "scripted/demo"\n')
    assert main([str(cell(folder))]) != 0
    row = folder.row(folder.grid[0])
    assert row.state == "failed"
    assert "policy" in row.reason
    assert row.run == runs(cell(folder))[0]


def test_a_run_that_cannot_be_gone_on_with_is_kept_and_another_begun(
    lay_out: LayOut, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lay_out()
    damaged = cell(folder) / "tries" / "20200101-000000-toy-number"
    damaged.mkdir()
    (damaged / "run.json").write_text('{"task": "toy/number"}')
    assert readable(damaged) is None
    assert main([str(cell(folder))]) == 0
    assert "cannot be gone on with" in capsys.readouterr().err
    assert damaged.is_dir()
    row = folder.row(folder.grid[0])
    assert row.state == "finished"
    assert row.run not in (None, damaged)


def test_two_workers_are_not_at_one_cell(lay_out: LayOut) -> None:
    folder = lay_out()
    lock = lock_file(cell(folder) / "lock", fcntl.LOCK_EX)
    assert lock is not None
    assert main([str(cell(folder))]) == BUSY
    os.close(lock)
    assert read_entries(cell(folder)) == []


def test_settings_that_change_in_mid_sweep_are_refused(project: Path, lay_out: LayOut) -> None:
    folder = lay_out()
    (project / "agentkit.toml").write_text("[solve]\nturns = 7\n")
    assert main([str(cell(folder))]) != 0
    row = folder.row(folder.grid[0])
    assert (row.state, row.run) == ("refused", None)
    assert row.reason.endswith("have changed since it began: turns.")


def test_cells_may_lie_on_another_disk(tmp_path: Path, lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS.replace("toy/number", "toy/nmber"))
    (folder.path / "cells").rename(tmp_path / "scratch")
    (folder.path / "cells").symlink_to(tmp_path / "scratch")
    main([str(cell(folder))])
    assert folder.row(folder.grid[0]).reason == "There is no task 'toy/nmber'."


def test_bytes_that_are_no_text_do_not_hide_why_it_ended(lay_out: LayOut) -> None:
    folder = lay_out()
    Work(cell(folder), folder.path).write(Entry(kind="ended", how="fault", reason="bad name a\udcff"))
    row = folder.row(folder.grid[0])
    assert (row.state, row.reason) == ("failed", "bad name a?")


def test_keys_that_an_error_quotes_are_not_kept(
    lay_out: LayOut, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-indeed-0123456789")
    folder = lay_out(NUMBERS.replace("toy/number", "toy/sk-very-secret-indeed-0123456789"))
    main([str(cell(folder))])
    assert "very-secret" not in (cell(folder) / "tries.jsonl").read_text()
    assert "very-secret" not in capsys.readouterr().err
