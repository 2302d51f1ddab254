"""Grades in whatever form they were written: by a person in a rubric's form, by PaperBench, by agentkit."""

from __future__ import annotations

import json
from pathlib import Path

from agentkit.errors import BadFile
from agentkit.judge.calibration.pairs import Graded
from agentkit.judge.rubrics.end2end_form import form_rubric, parse_form, person_report
from agentkit.judge.rubrics.files import read_text
from agentkit.judge.rubrics.grader_output import read_grader_output
from agentkit.judge.rubrics.read import form_of
from agentkit.runs.judging.place import REPORT, JudgingPlace, read_report

FORMS = (
    "a filled rubric.md, a PaperBench grader_output.json or expected_result.json, or an agentkit report.json"
)


def read_graded(path: Path) -> Graded:
    """Raises BadFile for what is none of these."""
    if path.is_dir():
        path = path / REPORT
    text = read_text(path)
    if form_of(text) == "end2end":
        form = parse_form(text, path)
        return Graded(name=str(path), report=person_report(form), rubric=form_rubric(form))
    try:
        table = json.loads(text)
    except ValueError as error:
        raise BadFile(path, "", FORMS, "neither a form nor JSON") from error
    if isinstance(table, dict) and "verdicts" in table:
        told = JudgingPlace(path.parent).told
        rubric = told.rubric if told is not None else None
        return Graded(name=str(path), report=read_report(path), rubric=rubric)
    found = read_grader_output(path)
    return Graded(name=str(path), report=found.report, rubric=found.rubric)
