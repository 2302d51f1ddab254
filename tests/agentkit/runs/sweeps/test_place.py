from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.messages import Usage
from agentkit.errors import RunProblem
from agentkit.journal.log import Journal
from agentkit.journal.shared_budget import Share, parse_line, read_caps
from agentkit.runs.sweeps.begin import Sweep
from agentkit.runs.sweeps.place import BUDGET, GRID, MANIFEST, held, open_sweep
from agentkit.runs.sweeps.tries import Entry, write_entry
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


def test_a_lay_out_that_was_cut_short_is_gone_on_with(plan: Callable[..., Sweep]) -> None:
    sweep = plan()
    obstacle = sweep.path / "cells" / sweep.grid[1].digest
    obstacle.parent.mkdir(parents=True)
    obstacle.write_text("")
    with pytest.raises(RunProblem, match="cannot be written"):
        sweep.lay_out()
    obstacle.unlink()
    again = plan()
    assert {again.row(spec).state for spec in again.grid} == {"waiting"}
    assert {row.state for row in again.lay_out().rows()} == {"waiting"}


@pytest.mark.parametrize("damage", [b"{}\n", b"\xff\n", b""])
def test_a_damaged_grid_is_written_anew_by_the_same_command(
    lay_out: LayOut, plan: Callable[..., Sweep], damage: bytes
) -> None:
    folder = lay_out()
    first, second = folder.grid
    write_entry(folder.cell(first), Entry(kind="ended", how="fault", reason="it broke"))
    (folder.cell(second) / "spec.json").write_bytes(b"\xff")
    (folder.path / GRID).write_bytes(damage)
    if damage:
        with pytest.raises(RunProblem, match="agentkit sweep FILE writes it anew"):
            _ = open_sweep(folder.path).grid
    assert [plan().row(spec).state for spec in folder.grid] == ["failed", "waiting"]
    assert list(lay_out().grid) == [first, second]


def test_a_label_may_hold_what_ends_a_line_of_text(lay_out: LayOut) -> None:
    label = "a\u2028b\u0085c"
    folder = lay_out(NUMBERS.replace("seed = [0, 1]", f'seeds = [{{ label = "{label}", seed = 0 }}]'))
    assert [spec.labels["seeds"] for spec in folder.grid] == [label]


def test_runs_that_were_made_before_there_was_a_budget_count(lay_out: LayOut) -> None:
    folder = lay_out()
    run, damaged = (folder.cell(spec) / "tries" / "r1" for spec in folder.grid)
    for each in (run, damaged):
        each.mkdir()
        (each / "run.json").write_text("{}")
    (damaged / "journal.jsonl").write_text("nonsense\nnonsense\n")
    journal = Journal(run)
    journal.append("selected", "a1", operator="draft", parents=[], params={})
    bound = Usage(input_tokens=300, output_tokens=0, dollars=0.5).model_dump()
    journal.append("asked", "a1", key="k", bound=bound)
    journal.close()
    lay_out(NUMBERS + "[budget]\ndollars = 2.5\n")
    lines = (folder.path / f"{BUDGET}.used").read_text().splitlines(keepends=True)[1:]
    used = {json.loads(name): share for name, share in map(parse_line, lines)}
    assert used == {str(run.resolve()): Share(dollars=0.5, tokens=300, attempts=1)}
