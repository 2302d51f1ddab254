from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.errors import UsageError
from tests.agentkit.cli.judge.conftest import Call
from tests.agentkit.runs.judging.test_graded import FORM


@pytest.mark.parametrize(
    ("form", "begins"),
    [("markdown", "# A line"), ("html", "<!doctype html>"), ("json", "{"), ("paperbench", "{")],
)
def test_every_form(
    judged: Path, call: Call, capsys: pytest.CaptureFixture[str], form: str, begins: str
) -> None:
    assert call("render", judged, "--as", form) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_into_a_file(judged: Path, place: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("render", judged / "report.json", "--as", "json", "--to", "again.json") == 0
    assert "Written: again.json" in capsys.readouterr().out
    assert json.loads((place / "again.json").read_text()) == json.loads((judged / "report.json").read_text())
    with pytest.raises(UsageError, match="cannot be written"):
        call("render", judged, "--to", place / "work" / "none" / "x.md")


def test_a_form_is_filled_with_what_was_judged(
    place: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "rubric.md").write_text(FORM.replace("2/2 [Confidence: H]", "_/2 [Confidence: L/M/H]"))
    call("run", "work", "--rubric", "rubric.md", "--sandbox", "local", "--out", "form")
    capsys.readouterr()
    assert call("render", "form", "--as", "form") == 0
    out = capsys.readouterr().out
    assert "* Fits a line: _/2 [Confidence: L/M/H]" in out, "nobody has graded it"
    assert "# **Evaluation Rubric" in out


def test_a_form_needs_the_rubric(judged: Path, place: Path, call: Call) -> None:
    (place / "rubric.toml").unlink()
    with pytest.raises(UsageError, match="needs the rubric that was judged by"):
        call("render", judged, "--as", "form")
