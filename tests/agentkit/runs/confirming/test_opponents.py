"""What is compared: a run's answer or a folder, by digest, on seeds nobody can have prepared for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.errors import RunProblem, UsageError
from agentkit.journal.blobs import Blobs
from agentkit.runs.calibrate import FIRST_SEED, MOST_PAIRS
from agentkit.runs.confirming.opponents import opponents_of_run, opponents_of_task, plan_for_run
from agentkit.runs.folder import RunFolder
from agentkit.sandboxes.workspace import lay_out


@pytest.fixture
def solved(number_task: Path) -> RunFolder:
    """A finished run of the number task, which needs no reference for that."""
    told = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(told.replace('[solution]\n"number.txt" = "solution.txt"\n', ""))
    return agentkit.solve("toy/number", sandbox="local", measurements=0).folder


def read(blobs: Blobs, files: str, folder: Path) -> str:
    lay_out(blobs, files, folder)
    return (folder / "number.txt").read_text()


def test_a_runs_answer_meets_its_tasks_start(solved: RunFolder, tmp_path: Path) -> None:
    plan = plan_for_run(solved, {})
    assert plan.sandbox.name == "local", "as the run was made"
    found = opponents_of_run(solved, solved.state(), plan.task)
    assert found.candidate.name == f"attempt a4 of {solved.name}"
    assert read(found.blobs, found.candidate.files, tmp_path / "a").strip() == "40"
    assert read(found.blobs, found.against.files, tmp_path / "b").strip() == "1"


def test_a_run_without_an_answer_has_nothing_to_confirm(solved: RunFolder) -> None:
    state = solved.state()
    state.answer = None
    with pytest.raises(UsageError, match="no answer that could be confirmed"):
        opponents_of_run(solved, state, plan_for_run(solved, {}).task)


def test_a_run_is_confirmed_in_its_own_profile(solved: RunFolder) -> None:
    with pytest.raises(UsageError, match="--profile"):
        plan_for_run(solved, {"profile": "gpu1"})
    assert plan_for_run(solved, {"sandbox": "bubblewrap"}).sandbox.name == "bubblewrap"


def test_a_folder_is_laid_over_the_start_files(bench: Any, tmp_path: Path) -> None:
    task, blobs = bench.task(), Blobs(tmp_path / "blobs")
    (tmp_path / "mine" / "more").mkdir(parents=True)
    (tmp_path / "mine" / "more" / "notes.txt").write_text("new")
    found = opponents_of_task(task, str(tmp_path / "mine"), "solution", blobs)
    assert read(blobs, found.candidate.files, tmp_path / "a") == "1"
    assert (tmp_path / "a" / "more" / "notes.txt").read_text() == "new"
    assert read(blobs, found.against.files, tmp_path / "b") == "50"
    assert found.against.name == "the reference solution"


@pytest.mark.parametrize("told", ["nowhere", "empty"])
def test_a_folder_without_files_is_no_candidate(bench: Any, tmp_path: Path, told: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="There are no files in"):
        opponents_of_task(bench.task(), str(tmp_path / told), "start", Blobs(tmp_path / "blobs"))
    with pytest.raises(UsageError, match="no reference solution"):
        opponents_of_task(bench.task(solution={}), "solution", "start", Blobs(tmp_path / "blobs"))


def test_seeds_depend_on_the_files_and_are_nobody_elses(bench: Any, tmp_path: Path) -> None:
    task, blobs = bench.task(), Blobs(tmp_path / "blobs")
    found = [opponents_of_task(task, each, "start", blobs) for each in ("start", "solution", "solution")]
    first, second, again = (each.first_seed(task) for each in found)
    assert second == again, "for whoever repeats it"
    assert len({first, second, found[1].first_seed(replace(task, digest="e"))}) == 3
    assert min(first, second) > FIRST_SEED + MOST_PAIRS


def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="no run folder"):
        plan_for_run(RunFolder(tmp_path), {})
