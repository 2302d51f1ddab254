"""What `agentkit judge run` judges, and what it says where it cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.errors import BadFile, RunProblem, UsageError
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.settings import PanelSettings
from agentkit.runs.judging.subject import Asked, judge_subject


def asked(place: Path, subject: str = "work", **changes: Any) -> Asked:
    told = Asked(
        subject=str(place / subject),
        out=place / "out",
        rubric=place / "rubric.toml",
        task=None,
        harness=None,
        panel=PanelSettings(),
        flags={"sandbox": "local", "runs_folder": str(place / "runs")},
    )
    return replace(told, **changes)


def test_a_folder_is_judged_by_programs_where_nobody_else_was_named(place: Path) -> None:
    report = asyncio.run(judge_subject(asked(place)))
    assert [each.status for each in report.verdicts] == ["passed", "ungraded", "ungraded"]
    assert report.snapshot_digest and report.rubric_digest
    assert (place / "out" / "report.json").is_file()


def test_the_harness_folder_is_shown_under_its_name(place: Path) -> None:
    (place / "harness").mkdir()
    (place / "harness" / "log.txt").write_text("loss 1\n")
    (place / "rubric.toml").write_text(
        'title = "t"\n[[criterion]]\nid = "a"\ntext = "t"\n'
        'check = { kind = "regex", file = "harness/log.txt", pattern = "loss 1" }\n'
    )
    assert asyncio.run(judge_subject(asked(place, harness=place / "harness"))).score == 1.0
    assert asyncio.run(judge_subject(asked(place))).score is None, "nobody ran it, which is not its fault"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "nowhere"}, "neither a folder nor a run"),
        ({"rubric": None}, "By which rubric"),
        ({"harness": Path("nowhere")}, "There is no folder nowhere"),
        ({"task": Path("nowhere.md")}, "nowhere.md cannot be read: No such file"),
    ],
)
def test_words_that_do_not_fit(place: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asyncio.run(judge_subject(asked(place, **changes)))


def test_a_rubric_that_is_none(place: Path) -> None:
    with pytest.raises(BadFile, match="a rubric"):
        asyncio.run(judge_subject(asked(place, rubric=place / "none.toml")))


def test_a_runs_answer_is_judged_again_with_its_figures(project: Path) -> None:
    run = agentkit.solve("toy/number", sandbox="local", measurements=0)
    told = asked(project, "", rubric=None, flags={"sandbox": "local"})
    report = asyncio.run(judge_subject(replace(told, subject="latest")))
    first = run.folder.summary().judge
    assert first is not None
    assert [(each.id, each.status, each.evidence) for each in report.verdicts] == [
        (each.id, each.status, each.evidence) for each in first.verdicts
    ]
    assert (project / "out" / "report.html").is_file()


def test_a_run_without_an_answer_has_nothing_to_judge(project: Path) -> None:
    agentkit.solve("toy/number", sandbox="local", attempts=1, scaffold="random_search", measurements=0)
    journal = project / "runs"
    (run,) = journal.iterdir()
    events = (run / "journal.jsonl").read_text().splitlines(keepends=True)
    (run / "journal.jsonl").write_text("".join(each for each in events if '"kind":"answer"' not in each))
    told = asked(project, "", rubric=None, flags={"sandbox": "local"})
    with pytest.raises(RunProblem, match="has no answer to judge"):
        asyncio.run(judge_subject(replace(told, subject="latest")))


def test_a_pointer_is_not_taken_for_the_tasks_text(place: Path) -> None:
    (place / "paper.md").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    with pytest.raises(UsageError, match="a Git LFS pointer"):
        asyncio.run(judge_subject(asked(place, task=place / "paper.md")))


def test_a_folder_in_which_another_judging_is_under_way(place: Path) -> None:
    ledger = Ledger(place / "out")
    try:
        with pytest.raises(RunProblem, match="The folder out is being written by process") as told:
            asyncio.run(judge_subject(asked(place)))
    finally:
        ledger.close()
    assert "--out DIR" in told.value.lines[-1] and "agentkit show" not in str(told.value)
    assert asyncio.run(judge_subject(asked(place))).verdicts


@pytest.mark.parametrize("out", ["taken", "taken/out"])
def test_what_cannot_be_a_folder_is_named_before_anybody_is_asked(place: Path, out: str) -> None:
    (place / "taken").write_text("a file")
    with pytest.raises(RunProblem, match=f"There can be no folder .*{out}"):
        asyncio.run(judge_subject(asked(place, out=place / out)))
