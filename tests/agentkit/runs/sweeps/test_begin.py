from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from agentkit.journal.log import Journal
from agentkit.runs.sweeps.begin import Sweep, give_new_tries
from agentkit.runs.sweeps.ends import SHARED, WRONG
from agentkit.runs.sweeps.tries import Ending, Entry, read_entries, write_entry
from tests.agentkit.runs.sweeps.conftest import NUMBERS, LayOut

Plan = Callable[..., Sweep]


def test_a_new_sweep_waits_as_a_whole(plan: Plan) -> None:
    sweep = plan()
    assert sweep.before is None
    assert {sweep.row(spec).state for spec in sweep.grid} == {"waiting"}
    assert not sweep.path.exists(), "planning writes nothing"


def test_a_file_may_grow_and_shrink(plan: Plan, lay_out: LayOut) -> None:
    folder = lay_out()
    first, second = folder.grid
    write_entry(folder.cell(first), Entry(kind="ended", how="fault", reason="it broke"))
    sweep = plan(NUMBERS.replace("[0, 1]", "[0, 2, 3]"))
    assert [sweep.row(spec).state for spec in sweep.grid] == ["failed", "waiting", "waiting"]
    assert sweep.left_behind == 1
    assert folder.cell(second).is_dir()


def test_another_sweep_does_not_move_in(plan: Plan, lay_out: LayOut) -> None:
    folder = lay_out()
    plan(NUMBERS.replace("[0, 1]", "[7]"))  # nothing was begun yet, so nothing can be mixed up
    write_entry(folder.cell(folder.grid[0]), Entry(kind="began"))
    with pytest.raises(RunProblem, match="holds another sweep"):
        plan(NUMBERS.replace("[0, 1]", "[7]"))


def test_settings_beneath_may_not_change_once_a_run_was_begun(
    plan: Plan, lay_out: LayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out()
    monkeypatch.setenv("AGENTKIT_TURNS", "3")
    plan()
    write_entry(folder.cell(folder.grid[0]), Entry(kind="began"))
    with pytest.raises(RunProblem, match="have changed since it began: turns"):
        plan()
    monkeypatch.delenv("AGENTKIT_TURNS")
    assert plan().before is not None


def test_a_sweep_stays_in_its_project(
    plan: Plan, lay_out: LayOut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("AGENTKIT_PROJECT", str(tmp_path / "here"))
    folder = lay_out()
    write_entry(folder.cell(folder.grid[0]), Entry(kind="began"))
    monkeypatch.setenv("AGENTKIT_PROJECT", str(tmp_path / "there"))
    with pytest.raises(RunProblem, match="begun in the project"):
        plan()
    (tmp_path / "here").rmdir()
    assert plan().manifest.project == tmp_path / "there", "it was moved"


def test_cells_without_a_manifest_are_not_taken_over(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "sweep" / "cells").mkdir(parents=True)
    with pytest.raises(RunProblem, match=r"no sweep\.json"):
        plan()


@pytest.mark.parametrize(
    ("how", "again", "alone"),
    [("budget", "waiting", "waiting"), ("fault", "waiting", "failed"), ("refused", "waiting", "refused"),
     ("stopped", "waiting", "waiting")],
)  # fmt: skip
def test_new_tries_are_given_when_a_person_asks_or_the_budget_was_at_fault(
    lay_out: LayOut, how: Ending, again: str, alone: str
) -> None:
    folder = lay_out()
    cell = folder.cell(folder.grid[0])
    for failed, state in ((False, alone), (True, again)):
        write_entry(cell, Entry(kind="ended", how=how, reason="why"))
        row = folder.row(folder.grid[0])
        (renewed,) = give_new_tries(folder, [row], failed=failed)
        assert renewed.state == state
    assert [entry.how for entry in read_entries(cell)].count(how) == 2, "what failed stays"


def test_what_a_file_asks_for_again_is_as_it_was_left(plan: Plan, lay_out: LayOut) -> None:
    folder = lay_out()
    write_entry(folder.cell(folder.grid[1]), Entry(kind="ended", how="fault", reason="it broke"))
    lay_out(NUMBERS.replace("[0, 1]", "[0]"))
    sweep = plan()
    assert [sweep.row(spec).state for spec in sweep.grid] == ["waiting", "failed"]
    assert plan(NUMBERS.replace("[0, 1]", "[0]")).left_behind == 1


def test_runs_that_the_file_left_out_hold_its_settings_too(
    plan: Plan, lay_out: LayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out()
    write_entry(folder.cell(folder.grid[0]), Entry(kind="began"))
    smaller = NUMBERS.replace("[0, 1]", "[1]")
    lay_out(smaller)
    monkeypatch.setenv("AGENTKIT_TURNS", "3")
    with pytest.raises(RunProblem, match="have changed since it began: turns"):
        plan(smaller)


def test_a_run_that_is_gone_is_begun_anew(lay_out: LayOut) -> None:
    folder = lay_out()
    write_entry(folder.cell(folder.grid[0]), Entry(kind="ended", how="finished", run="r1"))
    row = folder.row(folder.grid[0])
    assert row.state == "missing"
    (renewed,) = give_new_tries(folder, [row], failed=False)
    assert renewed.state == "waiting"
    assert read_entries(folder.cell(row.spec))[-1].kind == "again", "else a job would take it for finished"


@pytest.mark.parametrize(
    ("reason", "state"),
    [(f"The cap of 3 dollars in budget.toml{SHARED}: r2 has used 3", "waiting"),
     ("The model 'm' failed: " + WRONG[0], "failed")],
)  # fmt: skip
def test_a_budget_that_only_the_journal_tells_of_may_have_been_raised(
    lay_out: LayOut, reason: str, state: str
) -> None:
    folder = lay_out()
    cell = folder.cell(folder.grid[0])
    run = cell / "tries" / "r1"
    run.mkdir()
    (run / "run.json").write_text("{}")
    write_entry(cell, Entry(kind="began"))
    journal = Journal(run)
    journal.append("run_ended", state="ended", reason=reason)
    journal.close()
    row = folder.row(folder.grid[0])
    assert row.state == "failed"
    (renewed,) = give_new_tries(folder, [row], failed=False)
    assert renewed.state == state
