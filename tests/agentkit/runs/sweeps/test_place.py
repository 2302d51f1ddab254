from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from agentkit.journal.shared_budget import read_caps
from agentkit.runs.sweeps.place import BUDGET, GRID, MANIFEST, held, open_sweep
from tests.agentkit.runs.sweeps.conftest import NUMBERS, LayOut


def test_a_sweep_that_was_laid_out_can_be_opened(lay_out: LayOut, tmp_path: Path) -> None:
    lay_out()
    folder = open_sweep(tmp_path / "sweep")
    assert [spec.labels["seed"] for spec in folder.grid] == ["0", "1"]
    assert [row.state for row in folder.rows()] == ["waiting", "waiting"]
    assert (folder.path / "sweep.toml").read_text() == NUMBERS
    assert folder.manifest.source == tmp_path.resolve()


def test_laying_it_out_again_touches_no_run_and_renews_labels(lay_out: LayOut) -> None:
    folder = lay_out()
    kept = folder.cell(folder.grid[0]) / "tries" / "r1"
    kept.mkdir()
    again = lay_out(NUMBERS.replace("seed = [0, 1]", 'seeds = [{ label = "first", seed = 0 }, { seed = 2 }]'))
    assert kept.is_dir()
    spec = json.loads((again.cell(again.grid[0]) / "spec.json").read_text())
    assert (again.grid[0].digest, spec["labels"]["seeds"]) == (folder.grid[0].digest, "first")
    assert again.grid[1].digest != folder.grid[1].digest


def test_the_budget_is_written_as_runs_read_it(lay_out: LayOut) -> None:
    folder = lay_out(NUMBERS + "[budget]\ndollars = 2.5\nattempts = 9\n")
    assert folder.budget == folder.path / BUDGET
    caps = read_caps(folder.path / BUDGET)
    assert (caps.dollars, caps.attempts, caps.tokens) == (2.5, 9, None)
    assert lay_out().budget is None


@pytest.mark.parametrize(("version", "who"), [(0, "an older"), (99, "a newer"), (None, "an older")])
def test_a_folder_of_another_version_is_refused(lay_out: LayOut, version: object, who: str) -> None:
    folder = lay_out()
    told = json.loads((folder.path / MANIFEST).read_text())
    (folder.path / MANIFEST).write_text(json.dumps({**told, "version": version}))
    with pytest.raises(RunProblem, match=f"made by {who} agentkit") as caught:
        open_sweep(folder.path)
    assert f"Found: {version}" in str(caught.value)


def test_what_is_no_sweep_says_so(tmp_path: Path, lay_out: LayOut) -> None:
    with pytest.raises(RunProblem, match="is no sweep's folder"):
        open_sweep(tmp_path)
    folder = lay_out()
    (folder.path / GRID).write_text("{}\n")
    with pytest.raises(RunProblem, match="cannot be read"):
        _ = open_sweep(folder.path).grid


def test_one_process_at_a_time_drives_it(tmp_path: Path) -> None:
    with held(tmp_path / "sweep"):
        with pytest.raises(RunProblem) as caught, held(tmp_path / "sweep"):
            pass
        assert f"driven by process {os.getpid()}." in caught.value.message
        (tmp_path / "sweep" / "lock").write_text("elsewhere 7\n")
        with pytest.raises(RunProblem, match="process 7 on elsewhere"), held(tmp_path / "sweep"):
            pass
    with held(tmp_path / "sweep"):
        assert (tmp_path / "sweep" / "lock").read_text() == f"{socket.gethostname()} {os.getpid()}\n"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem, match="--out DIR"), held(tmp_path / "file" / "sweep"):
        pass
