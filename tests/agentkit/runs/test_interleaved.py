"""Two sides in turn: where their jobs are, and what is said when one does not run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import RunFailed, RunProblem
from agentkit.runs.interleaved import Interleaved, files_side, place_for_jobs, silent
from agentkit.sandboxes.local import LocalSandbox


def measured(bench: Any, tmp_path: Path, text: str, *, required: bool) -> dict[str, str]:
    """Statuses of the start and of a second side with `text` in it."""
    task = bench.task()
    (tmp_path / "second.txt").write_text(text)
    second = replace(files_side("second", {"number.txt": tmp_path / "second.txt"}), required=required)
    sides = (files_side("start", task.files), second)
    pairs = Interleaved(task, LocalSandbox(), sides, tmp_path / "jobs", silent)
    outcomes = asyncio.run(pairs.measure_pair(7, 1, 2))
    assert [text for text, _ in bench.evaluator.evaluated] == [text, "1"], "the odd pair begins with it"
    assert {seed for _, seed in bench.evaluator.evaluated} == {7}
    return {name: outcome.status for name, outcome in outcomes.items()}


def test_a_side_that_may_fail_is_measured_and_told(bench: Any, tmp_path: Path) -> None:
    assert measured(bench, tmp_path, "many", required=False) == {"start": "valid", "second": "crash"}


def test_a_side_that_must_run_stops_the_rest(bench: Any, tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="The second of toy/number does not run here: crash"):
        measured(bench, tmp_path, "many", required=True)
    assert not (tmp_path / "jobs").exists()


def test_only_one_process_uses_the_place_where_jobs_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    with place_for_jobs(path) as first, place_for_jobs(path) as second:
        assert first == tmp_path / "task.jobs"
        assert second.is_dir() and not second.is_relative_to(tmp_path)
    assert not second.exists()
    with place_for_jobs(path) as third:
        assert third == first


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calibrations/any.json"
    path.with_suffix(".lock").mkdir(parents=True)
    with pytest.raises(RunProblem, match="cannot be used"), place_for_jobs(path):
        pass
