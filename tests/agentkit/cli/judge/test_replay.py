from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from tests.agentkit.cli.judge.conftest import Call


def test_the_same_report_again(judged: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("replay", judged) == 0
    assert "byte for byte the report" in capsys.readouterr().out
    assert call("replay", judged, "--json") == 0
    assert capsys.readouterr().out == (judged / "report.json").read_text()


def test_a_report_that_was_changed_is_not_the_same(
    judged: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = (judged / "report.json").read_text().replace('"low": 0.25', '"low": 1.0')
    (judged / "report.json").write_text(changed)
    assert call("replay", judged) == 1
    assert "it differs" in capsys.readouterr().out
    assert (judged / "report.json").read_text() == changed, "it stays as it is"


def test_no_judging(tmp_path: Path, call: Call) -> None:
    with pytest.raises(RunProblem, match="holds no judging"):
        call("replay", tmp_path)


def test_a_judging_that_was_stopped_is_not_replayed(judged: Path, call: Call) -> None:
    (judged / "report.json").unlink()
    with pytest.raises(RunProblem, match="was not finished"):
        call("replay", judged)
