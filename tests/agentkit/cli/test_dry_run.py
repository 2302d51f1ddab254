"""`agentkit solve --dry-run`: everything is checked and shown, nothing is spent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main
from agentkit.settings import Settings
from tests.agentkit.conftest import publish_ends


def plan(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["solve", "toy/number", "--dry-run", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def in_seconds(task: Path) -> None:
    """The task's figure is a time now: 60 s at the start, 30 s at the target."""
    table = (task / "task.toml").read_text()
    (task / "task.toml").write_text(
        table.replace("lower_is_better = false", 'lower_is_better = true\nunit = "s"')
    )
    (task / "start.txt").write_text("60\n")
    (task / "solution.txt").write_text("30\n")


def test_nothing_is_made(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(project.rglob("*"))
    assert main(["solve", "toy/number", "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert captured.out.endswith("Nothing was run.\n")
    assert captured.err == ""
    assert sorted(project.rglob("*")) == before


def test_every_setting_is_shown_with_its_origin(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "agentkit.toml").write_text("[solve]\nturns = 9\n")
    monkeypatch.setenv("AGENTKIT_SEED", "7")
    assert main(["solve", "toy/number", "--dry-run", "--minutes", "5"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    table = lines[lines.index("Settings, and where each came from:") + 1 :]
    assert [line.partition(" ")[0] for line in table[: len(Settings.model_fields)]] == list(
        Settings.model_fields
    )
    for said in (
        "turns 9 (agentkit.toml)",
        "seed 7 (AGENTKIT_SEED)",
        "minutes 5.0 (--minutes)",
        "attempts 4 (transcript)",
        "dollars none (default)",
        "at most 4 attempts",
    ):
        assert said in lines


def test_the_hints_and_their_length_are_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "toy/number", "--dry-run"]) == 0
    assert "\n  hints none\n" in capsys.readouterr().out
    (project / "ideas.md").write_text("Try fifty.\n")
    words = ["--hints", "text", "--notes", "ideas.md"]
    assert main(["solve", "toy/number", "--dry-run", *words]) == 0
    assert "\n  hints text with notes ideas.md, 13 words, about 18 tokens\n" in capsys.readouterr().out
    assert [part["name"] for part in plan(capsys, *words)["hints"]["parts"]] == ["text", "ideas.md"]


def test_the_same_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(capsys, "--seed", "3", "--sandbox", "local")
    assert found["settings"].keys() == Settings.model_fields.keys()
    assert found["settings"]["seed"] == {"value": 3, "from": "--seed"}
    assert (found["task"], found["scaffold"], found["model"]) == ("toy/number", "aide", "scripted/demo")
    assert any("recorded demonstration" in note for note in found["notes"])
    assert any("`local`" in note for note in found["notes"])


def test_a_demonstration_is_said_to_be_one_before_it_is_played(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "toy/number", "--dry-run"]) == 0
    assert "This is a recorded demonstration" in capsys.readouterr().out


def test_wrong_input_is_refused_as_before_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "toy/number", "--dry-run", "--scaffold", "aied"]) == 2
    assert "Did you mean: aide" in capsys.readouterr().err


def test_an_estimate_is_made_of_this_machines_calibration(
    project: Path, number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_seconds(number_task)
    before = plan(capsys)["estimate"]
    assert "not calibrated on this machine" in before
    assert "agentkit calibrate toy/number" in before
    assert main(["calibrate", "toy/number", "--quiet"]) == 0
    capsys.readouterr()
    after = plan(capsys)["estimate"]
    assert "up to 7.0 minutes of training (4 attempts and 3 measurements of at most 60 s)" in after


def test_a_task_without_a_reference_says_so(number_task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(table.replace('[solution]\n"number.txt" = "solution.txt"\n', ""))
    assert "it has no reference" in plan(capsys)["estimate"]


def test_a_calibrated_task_is_never_said_to_be_uncalibrated(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "toy/number", "--quiet"]) == 0
    capsys.readouterr()
    assert "not calibrated" not in plan(capsys)["estimate"]


def test_published_ends_are_said_to_be_that_and_nothing_to_be_measured_first(
    number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_ends(number_task)
    words = (
        "from score 1 at the start to score 61 for the reference, as published (a paper, table 3, eight H100)"
    )
    found = plan(capsys, "--reference", "paper")
    assert found["published"] == words
    assert (
        found["estimate"] == "Estimate: none, as nothing is measured first: the ends are taken as published."
    )
    assert found["settings"]["reference"] == {"value": "paper", "from": "--reference"}
    assert plan(capsys)["published"] == ""
    assert main(["solve", "toy/number", "--dry-run", "--reference", "paper"]) == 0
    text = capsys.readouterr().out
    assert f"\n  the scale goes {words}\n" in text
    assert "on this machine" not in text.replace("really runs on this machine", "")


def test_a_plan_without_the_published_ends_it_asks_for_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "toy/number", "--dry-run", "--reference", "paper"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "toy/number has no published ends" in captured.err
