from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from agentkit.runs.tables.index import read_rows
from tests.agentkit.runs.tables.written_runs import age, summary_of, write_run
from tests.agentkit.runs.tables.written_sweep import SPECS, end, write_sweep


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(3):
        write_run(tmp_path / "runs" / f"r{number}", number / 10, seed=number)
    return tmp_path / "runs"


def test_what_was_read_is_not_read_again(runs: Path, tmp_path: Path) -> None:
    first = read_rows(runs, tmp_path / "indexes")
    again = read_rows(runs, tmp_path / "indexes")
    assert (first.read, again.read) == (3, 0)
    assert again.rows == first.rows == read_rows(runs).rows


def test_a_run_that_changed_is_read_again_whatever_changed(runs: Path, tmp_path: Path) -> None:
    read_rows(runs, tmp_path / "indexes")
    summary = runs / "r1" / "summary.json"
    then = summary.stat()
    draft = summary.with_name("draft")  # of the same size and time, by a rename
    draft.write_text(summary.read_text().replace('"fsr":0.1', '"fsr":0.9'))
    os.utime(draft, ns=(then.st_atime_ns, then.st_mtime_ns))
    draft.replace(summary)
    assert summary.stat().st_size == then.st_size
    found = read_rows(runs, tmp_path / "indexes")
    assert found.read == 1 and [row.score for row in found.rows] == [0.0, 0.9, 0.2]
    with (runs / "r2" / "journal.jsonl").open("a") as journal:
        event = {"v": 1, "n": 1, "t": 2.0, "kind": "run_resumed", "attempt": "", "data": {}}
        journal.write(json.dumps(event) + "\n")
    assert read_rows(runs, tmp_path / "indexes").rows[2].state == "interrupted"


def test_runs_come_and_go(runs: Path, tmp_path: Path) -> None:
    read_rows(runs, tmp_path / "indexes")
    shutil.rmtree(runs / "r0")
    write_run(runs / "r7", 0.7)
    found = read_rows(runs, tmp_path / "indexes")
    assert [row.run for row in found.rows] == ["r1", "r2", "r7"] and found.read == 1


def test_what_was_written_just_now_is_not_kept(runs: Path, tmp_path: Path) -> None:
    """A second writing within the clock's grain would leave no trace."""
    fresh = runs / "r1" / "summary.json"
    fresh.write_text(summary_of(runs / "r1", 0.5).model_dump_json())
    assert [read_rows(runs, tmp_path / "indexes").read for _ in range(2)] == [3, 1]
    age(runs / "r1")
    assert [read_rows(runs, tmp_path / "indexes").read for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"made_by": "other", "entries": {}, "shared": []}', "7"])
def test_a_damaged_index_costs_time_and_nothing_else(runs: Path, tmp_path: Path, content: str) -> None:
    first = read_rows(runs, tmp_path / "indexes")
    (index,) = (tmp_path / "indexes").iterdir()
    index.write_text(content)
    again = read_rows(runs, tmp_path / "indexes")
    assert again.read == 3 and again.rows == first.rows


def test_an_index_that_cannot_be_written_is_done_without(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(read_rows(runs, tmp_path / "file" / "indexes").rows) == 3


def test_a_single_run_and_a_folder_with_a_sweep_in_it(runs: Path) -> None:
    assert [row.run for row in read_rows(runs / "r1").rows] == ["r1"]
    end(write_sweep(runs / "sweep"), SPECS[0], "finished", 0.7)
    rows = read_rows(runs).rows
    assert [row.run for row in rows] == ["r0", "r1", "r2", "r1", "", "", ""]
    assert [row.state for row in rows[3:]] == ["finished", "waiting", "waiting", "waiting"]


def test_a_sweep_is_kept_too_until_a_cell_is_begun_again(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep")
    for spec in SPECS[:3]:
        end(sweep, spec, "finished", 0.7)
    counts = [read_rows(tmp_path / "sweep", tmp_path / "indexes").read for _ in range(2)]
    assert counts == [4, 1], "one that waits may be begun at any moment"
    end(sweep, SPECS[0], "finished", 0.2, run="r2")
    found = read_rows(tmp_path / "sweep", tmp_path / "indexes")
    assert found.read == 2 and found.rows[0].score == 0.2
    renamed = [spec.model_copy(update={"labels": {"hints": "renamed"}}) for spec in SPECS]
    write_sweep(tmp_path / "sweep", renamed)
    assert read_rows(tmp_path / "sweep", tmp_path / "indexes").rows[0].labels == {"hints": "renamed"}


def test_a_sweep_of_another_version_is_refused(tmp_path: Path) -> None:
    write_sweep(tmp_path / "sweep")
    told = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    (tmp_path / "sweep" / "sweep.json").write_text(json.dumps({**told, "version": 0}))
    with pytest.raises(RunProblem, match="was made by an older agentkit"):
        read_rows(tmp_path / "sweep")
    write_run(tmp_path / "run", 0.5)
    rows = read_rows(tmp_path).rows
    assert [row.state for row in rows] == ["finished", "missing"], "it does not hide the others"
    assert "older agentkit" in rows[1].reason


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="There is no folder"):
        read_rows(tmp_path / "nowhere")


def test_a_change_to_the_run_that_counts_is_seen_below_a_try_that_left_none(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep")
    end(sweep, SPECS[0], "fault", 0.7, reason="a plugin broke")
    (sweep.cell(SPECS[0]) / "tries" / "r2").mkdir()
    age(sweep.cell(SPECS[0]))
    assert read_rows(tmp_path / "sweep", tmp_path / "indexes").rows[0].value == 15.0
    summary = sweep.cell(SPECS[0]) / "tries" / "r1" / "summary.json"
    then = summary.stat()
    summary.write_text(summary.read_text().replace('"train_seconds":15.0', '"train_seconds":19.0'))
    os.utime(summary, ns=(then.st_atime_ns, then.st_mtime_ns + 1))
    assert read_rows(tmp_path / "sweep", tmp_path / "indexes").rows[0].value == 19.0
