"""The kernel benchmark: its tasks are complete, agree with their texts, and score as they should."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Candidate, Task
from agentkit.errors import UnknownName
from agentkit.evaluation.benchmarks import list_tasks, load_task
from agentkit.judge.rubrics.toml_form import read_rubric
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.source.audit import audit_text

CHECKOUT = Path(__file__).parents[3]
NAMES = ("pairwise_distances", "rowwise_softmax")
Load = Callable[[str], Task]


@pytest.fixture(scope="module")
def load() -> Load:
    catalog = open_catalog(CHECKOUT)
    return lambda name: load_task(catalog, f"tasks/kernels/{name}")


def test_the_list() -> None:
    catalog = open_catalog(CHECKOUT)
    entries = list_tasks(catalog, catalog.find_benchmark("kernels/rowwise_softmax")[0])
    assert tuple(each.name for each in entries) == NAMES
    with pytest.raises(UnknownName):
        load_task(catalog, "kernels/rowwise_softmax", "gpu1")


@pytest.mark.parametrize("name", NAMES)
def test_a_task_is_complete(load: Load, name: str) -> None:
    task = load(name)
    assert (task.metric.name, task.metric.lower_is_better) == ("speedup", False)
    assert list(task.files) == list(task.solution) == ["kernel.py"]
    assert task.editable == ("kernel.py",)
    assert task.files["kernel.py"].read_text() != task.solution["kernel.py"].read_text()
    assert sorted(task.hints) == ["1", "2", "3"]
    assert task.rubric is not None
    read_rubric(task.rubric)
    assert re.fullmatch("[0-9a-f]{64}", task.digest)
    for path in (task.files["kernel.py"], task.solution["kernel.py"]):
        assert audit_text(path.read_text(), path) == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_instructions_say_what_is_measured_and_what_is_cheating(load: Load, name: str) -> None:
    task = load(name)
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    assert "{" not in task.instructions
    for sizes in (*rules.timed, rules.checked):
        for dimension, (low, high) in sizes.items():
            assert f"{dimension} from {low} to {high}" in task.instructions
    for words in (
        "What counts as cheating",
        "These disqualify an attempt",
        "That is a proper result",
        f"{rules.error_factor:g} times the",
        *rules.values,
        *rules.layouts,
    ):
        assert words in " ".join(task.instructions.split())


@pytest.mark.parametrize("name", NAMES)
def test_solutions_and_harness_are_hidden(load: Load, name: str, tmp_path: Path) -> None:
    task = load(name)
    hidden = task.evaluator.prepare(tmp_path).masks
    for path in (task.solution["kernel.py"], task.folder / "problem.py"):
        assert any(path.is_relative_to(folder) for folder in hidden)


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_both_ends_score_as_they_should(load: Load, name: str, tmp_path: Path) -> None:
    if not check_bubblewrap().usable:
        pytest.skip("bubblewrap does not work here")
    task, sandbox = load(name), BubblewrapSandbox()

    def evaluate(script: Path) -> Outcome:
        folder = tmp_path / script.parent.name
        folder.mkdir()
        shutil.copy(script, folder / "kernel.py")
        jobs = FolderJobs(tmp_path / "jobs", sandbox)
        candidate = Candidate(folder, sandbox, seed=1, logs=tmp_path / "logs", jobs=jobs)
        return asyncio.run(task.evaluator.evaluate(candidate))

    start, solution = evaluate(task.files["kernel.py"]), evaluate(task.solution["kernel.py"])
    assert (start.status, solution.status) == ("valid", "valid"), (start.reason, solution.reason)
    assert start.metrics["speedup_lo"] < 1.3
    assert start.metrics["speedup_hi"] > 0.75
    assert solution.metrics["speedup"] > 1.5
    assert not {each.code for each in (*start.flags, *solution.flags)} - {"transport_heavy"}
