from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric
from agentkit.errors import BadFile, RunProblem
from agentkit.judge.panel.settings import PanelSettings
from agentkit.runs.judging.place import JUDGING, REPORT, JudgingPlace, Told, read_report

REPORTED = JudgeReport(rubric="r", score=1.0, low=1.0, high=1.0, coverage=1.0)


def test_what_was_told_comes_back(tmp_path: Path) -> None:
    place = JudgingPlace(tmp_path / "new")
    assert place.told is None and place.rubric is None
    rubric = Rubric(title="r", criteria=(Criterion(id="a", text="A."),))
    told = Told(rubric_file="/r.toml", rubric=rubric, task="t", panel=(), settings=PanelSettings())
    place.write(JUDGING, told.model_dump_json())
    assert place.told == told
    assert place.rubric == Path("/r.toml")
    place.write(REPORT, REPORTED.model_dump_json())
    assert read_report(tmp_path / "new" / REPORT) == REPORTED


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rubric": 3}'])
def test_files_of_another_kind_are_named_with_what_is_wrong(tmp_path: Path, text: str) -> None:
    (tmp_path / JUDGING).write_text(text)
    (tmp_path / REPORT).write_text(text)
    with pytest.raises(BadFile, match="what a judging was told"):
        _ = JudgingPlace(tmp_path).told
    with pytest.raises(BadFile, match="a judge's report in JSON"):
        read_report(tmp_path / REPORT)


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem, match="--out DIR"):
        JudgingPlace(tmp_path / "file").write(REPORT, "")
