"""Grades are read in every form in which they are written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import BadFile
from agentkit.judge.evidence import Evidence
from agentkit.judge.rubrics.grader_output import grader_output
from agentkit.judge.rubrics.read import read_rubric
from agentkit.judge.score import judge
from agentkit.runs.judging.graded import read_graded

FORM = """\
# **Evaluation Rubric for "Fit" Task (3 points)**
## **1. Code (3 points)**
* Fits a line: 2/2 [Confidence: H]
* Draws a plot: _/1 [Confidence: L/M/H]
<!-- **Evaluator Time Required:** _ minutes -->
**Milestone Completion:** Partial
* Code is "Complete" when a line is fitted
**Evidence for your scores:**
**Comments:**
---
**TOTAL SCORE:** _ / 3 points
**OVERALL COMMENTS:**"""


def test_a_form_that_a_person_filled(tmp_path: Path) -> None:
    (tmp_path / "filled.md").write_text(FORM)
    graded = read_graded(tmp_path / "filled.md")
    assert [(each.score, each.status) for each in graded.report.verdicts] == [
        (1.0, "passed"),
        (None, "ungraded"),
    ]
    assert graded.rubric is not None and graded.name == str(tmp_path / "filled.md")


def judged(place: Path) -> JudgeReport:
    return asyncio.run(judge(read_rubric(place / "rubric.toml"), Evidence(folder=place / "work")))


def test_a_report_of_ours_as_a_file_or_by_its_folder(place: Path) -> None:
    report = judged(place)
    (place / "report.json").write_text(report.model_dump_json())
    assert read_graded(place / "report.json").report == report
    assert read_graded(place).report == report


def test_a_graders_output_in_paperbenchs_form(place: Path) -> None:
    report = judged(place)
    (place / "graded.json").write_text(grader_output(read_rubric(place / "rubric.toml"), report))
    found = read_graded(place / "graded.json").report
    assert [each.score for each in found.verdicts] == [each.score for each in report.verdicts]


@pytest.mark.parametrize("text", ["hello", "{", "3"])
def test_what_holds_no_grades_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "strange.json").write_text(text)
    with pytest.raises(BadFile):
        read_graded(tmp_path / "strange.json")
