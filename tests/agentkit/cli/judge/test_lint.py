from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.judge.lint import describe
from agentkit.contracts.rubric import Criterion, Diagnostic, Rubric
from tests.agentkit.cli.judge.conftest import Call

SUMS = """\
title = "Sums"
[[criterion]]
id = "a"
text = "Both."
declared_points = 5
  [[criterion.child]]
  id = "a.1"
  text = "One."
  kind = "code"
  points = 2
  [[criterion.child]]
  id = "a.2"
  text = "Two."
  kind = "code"
  points = 2
"""


def test_a_sum_that_disagrees_is_named(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sums.toml").write_text(SUMS)
    path = tmp_path / "sums.toml"
    assert call("lint", path) in (0, 1)
    out = capsys.readouterr().out
    assert "section-sum" in out and "2 leaves, 0 by a program" in out
    assert call("lint", path, "--strict") == 1
    capsys.readouterr()
    call("lint", path, "--json")
    (faults,) = json.loads(capsys.readouterr().out)["rubrics"].values()
    assert "section-sum" in [each["code"] for each in faults]


def test_a_sound_rubric_has_nothing_to_complain_of(
    place: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (place / "rubric.toml").read_text().replace("weight = 2\n", "")
    (place / "rubric.toml").write_text(text)
    code = call("lint", place / "rubric.toml")
    out = capsys.readouterr().out
    assert code == 0
    assert "3 leaves, 1 by a program" in out


def test_what_is_wrong_with_many_leaves_is_told_of_three() -> None:
    rubric = Rubric(title="Many", criteria=(Criterion(id="a", text="A."),))
    faults = [Diagnostic(code="compound-leaf", place=f"l{number}", text="two in one") for number in range(12)]
    faults.append(Diagnostic(code="title-sum", place="title", text="they disagree"))
    lines = describe("many.toml", rubric, tuple(faults))
    assert sum("compound-leaf, l" in line for line in lines) == 3
    assert "  warning: compound-leaf, and 9 more; --json has all of them" in lines
    assert lines[-1] == "  12 × compound-leaf, 1 × title-sum"
