"""A simulated model on the number task: the same twice, said to be one, refused where it cannot be one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import agentkit
from agentkit.cli.report import say_result, title
from agentkit.cli.task_page import page
from agentkit.errors import BadFile, MissingRequirement, UsageError
from agentkit.runs.manifest import manifest
from agentkit.runs.plan import make_plan
from agentkit.runs.run import Run

KNOWN = """
title = "Numbers"
[[edit]]
name = "forty"
says = "Write 40."
helps = true
  [[edit.change]]
  path = "number.txt"
  old = '''
1
'''
  new = '''
40
'''
[[edit]]
name = "word"
says = "Write a word."
helps = false
  [[edit.change]]
  path = "number.txt"
  old = '''
1
'''
  new = '''
forty
'''
"""


def figures(run: Run) -> list[tuple[object, ...]]:
    return [
        (row.id, row.operator, row.parents, row.status, dict(row.metrics), row.plan, row.cost.tokens)
        for row in run.summary.attempts
    ]


@pytest.fixture
def known(number_task: Path) -> Path:
    file = number_task / "simulated.toml"
    file.write_text(KNOWN, encoding="utf-8")
    return file


def test_a_run_with_it_is_seeded_and_says_what_it_is(known: Path) -> None:
    def solve() -> Run:
        return agentkit.solve(
            "toy/number",
            model="simulated/strong",
            scaffold="flat",
            attempts=2,
            width=1,
            measurements=0,
            seed=4,
        )

    run = solve()
    assert figures(run) == figures(solve())
    assert {row.status for row in run.summary.attempts} == {"valid", "crash"}
    assert "+40" in run.diff()
    assert all(row.plan.startswith("(Simulated)") for row in run.summary.attempts)
    assert run.summary.simulated
    assert "a simulation: no model was called" in title(run.summary)
    assert any("This was a simulation" in line for line in say_result(run.summary))
    began = json.loads((run.path / "journal.jsonl").read_text().splitlines()[0])
    assert "This is a simulation (simulated/strong)" in began["data"]["notes"][0]


def test_the_page_of_a_task_says_that_it_can_be_simulated(known: Path) -> None:
    task = make_plan("toy/number", {"model": "simulated/deaf"}, environ={}).task
    assert any(line.split()[:2] == ["simulation", "simulated/modest,"] for line in page(task))
    known.unlink()
    assert not any("simulation" in line for line in page(task))


def test_a_run_without_it_is_none(known: Path) -> None:
    assert not manifest(make_plan("toy/number", {"model": "scripted/demo"}, environ={}))["simulated"]


def test_a_task_without_known_edits_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="no known edits"):
        make_plan("toy/number", {"model": "simulated/modest"}, environ={})


def test_an_edit_that_could_never_be_made_is_a_mistake_of_the_file(known: Path) -> None:
    known.write_text(KNOWN.replace("old = '''\n1\n", "old = '''\n2\n", 1), encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        make_plan("toy/number", {"model": "simulated/modest"}, environ={})
    assert "edit[0].change[0].old" in str(caught.value) and "'forty'" in str(caught.value)


def test_a_profile_of_a_simulated_model_is_one_too(known: Path, project: Path) -> None:
    (project / "agentkit.toml").write_text('[models.pretend]\nmodel = "simulated/weak"\n', encoding="utf-8")
    plan = make_plan("toy/number", {"model": "pretend"}, environ={})
    assert "This is a simulation (simulated/weak)" in plan.notes[0]


def test_without_a_key_a_simulation_is_offered(known: Path, number_task: Path) -> None:
    file = number_task / "task.toml"
    file.write_text(file.read_text().replace('[transcripts]\ndemo = "demo.toml"\n', ""), encoding="utf-8")
    with pytest.raises(MissingRequirement, match="ships no transcript") as caught:
        make_plan("toy/number", {}, environ={})
    assert "--model simulated/modest" in str(caught.value)
