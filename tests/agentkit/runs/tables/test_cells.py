from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.runs.tables.cells import hints_shown, row_of_cell, row_of_spec, with_siblings
from agentkit.runs.tables.index import read_rows
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.tables.written_runs import row, write_run
from tests.agentkit.runs.tables.written_sweep import SPECS, end, write_sweep


def test_every_cell_is_a_row_whatever_became_of_it(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep")
    end(sweep, SPECS[0], "finished", 0.7)
    end(sweep, SPECS[1], "refused", reason="There is no model 'm'.")
    end(sweep, SPECS[2], "fault", 0.9, reason="a plugin broke")
    shutil.rmtree(sweep.cell(SPECS[3]))
    rows = read_rows(tmp_path / "sweep").rows
    assert [row.state for row in rows] == ["finished", "refused", "failed", "missing"]
    assert [row.score for row in rows] == [0.7, None, None, None]
    assert [row.cell for row in rows] == [spec.digest for spec in SPECS]
    assert [row.labels for row in rows] == [spec.labels for spec in SPECS]
    assert rows[1].reason == "There is no model 'm'." and rows[2].reason == "a plugin broke"
    # What a spec leaves open is what the others have, or the missing ones would be missing elsewhere.
    assert {row.task_name for row in rows} == {"toy/one pocket"}
    assert {(row.scaffold, row.model, row.sandbox) for row in rows} == {("aide", "provider/m", "docker")}
    assert [row.hints for row in rows] == ["none", "none", "text", "text"]
    assert all(row.settings["width"] == 2 and row.caps == {"attempts": 2} for row in rows)


def test_a_cell_that_was_cut_short_and_begun_again_says_so(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep")
    end(sweep, SPECS[0], "infrastructure", reason="the disk is full", run="20260101-r1")
    end(sweep, SPECS[0], "finished", 0.4, run="20260102-r2")
    row = read_rows(tmp_path / "sweep").rows[0]
    assert (row.state, row.tries, row.run, row.score) == ("finished", 2, "20260102-r2", 0.4)


def test_a_run_of_a_cell_that_cannot_be_read_keeps_what_it_was_told(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "run.json").write_text("{")
    (run / "summary.json").unlink()
    row = row_of_cell(CellRow(spec=SPECS[2], state="finished", tries=1, run=run))
    assert (row.state, row.task, row.hints, row.score) == ("missing", "toy/one", "text", None)
    assert "cannot be read" in row.reason


@pytest.mark.parametrize(
    ("value", "shown"),
    [(["paper", "text"], "text+paper"), ("paper+text", "text+paper"), ([], "none"), ("none", "none"),
     (["own", "pseudocode"], "pseudocode+own"), (None, "none")],
)  # fmt: skip
def test_hints_are_shown_as_a_run_shows_them(value: object, shown: str) -> None:
    assert hints_shown(value) == shown


def test_a_spec_says_what_it_can() -> None:
    told = {"model": "simulated/good", "attempts": 4, "profile": "auto", "scaffold_settings": {"drafts": 3}}
    row = row_of_spec(RunSpec(task="toy/one", settings=told))
    assert row.simulated and row.caps == {"attempts": 4} and row.profile == ""
    assert row.settings == {"scaffold_settings.drafts": 3} and row.attempts is None


def test_a_cell_without_a_run_is_simulated_where_its_siblings_model_is() -> None:
    played = row(model="simulated/good", simulated=True)
    waiting = RunRow(state="waiting", task="toy/one", seed=1)
    live = RunRow(state="waiting", task="toy/one", seed=2, model="provider/m")
    assert [each.simulated for each in with_siblings([played, waiting, live])] == [True, True, False]
