from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.errors import UsageError
from tests.agentkit.cli.judge.conftest import Call
from tests.agentkit.runs.judging.test_graded import FORM

HUMAN = FORM.replace("_/1 [Confidence: L/M/H]", "0/1 [Confidence: M]")


def test_a_judge_beside_a_person(tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "human.md").write_text(HUMAN)
    (tmp_path / "judge.md").write_text(HUMAN.replace("0/1", "1/1"))
    words = ("calibrate", "--human", tmp_path / "human.md", "--judge", tmp_path / "judge.md")
    assert call(*words) == 0
    assert "2 of the 2 leaves that people graded have a verdict" in capsys.readouterr().out
    assert call(*words, "--min-kappa", "0.5") == 1
    assert "Not good enough: kappa" in capsys.readouterr().out
    assert call(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["kinds"][0]["leaves"] == 2


def test_grades_of_different_rubrics_do_not_compare(tmp_path: Path, judged: Path, call: Call) -> None:
    (tmp_path / "human.md").write_text(HUMAN)
    with pytest.raises(UsageError, match="no graded leaf in common"):
        call("calibrate", "--human", tmp_path / "human.md", "--judge", judged)
