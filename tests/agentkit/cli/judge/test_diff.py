from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agentkit.cli.judge.conftest import Call


def test_two_judgings_of_different_work(
    place: Path, judged: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "work" / "report.md").unlink()
    call("run", "work", "--rubric", "rubric.toml", "--sandbox", "local", "--out", "second")
    capsys.readouterr()
    assert call("diff", judged, "second") == 1
    out = capsys.readouterr().out
    assert "The works differ." in out
    assert "report: passed -> failed  -25.0 points of 100" in out
    assert "25.0 % to 100.0 % -> 0.0 % to 75.0 %; 1 leaf judged differently, 2 alike." in out
    call("diff", judged, "second", "--json")
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["id"], change["effect"]) == ("report", -0.25)


def test_a_report_is_like_itself(judged: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("diff", judged, judged / "report.json") == 0
    assert "0 leaves judged differently, 3 alike" in capsys.readouterr().out
