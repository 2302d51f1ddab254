"""What a run's scores are relative to: ends measured here, or ends that were published."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.cli.sentences import say_event
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.events import Event
from agentkit.errors import UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.plan import make_plan
from agentkit.runs.solve import resume
from agentkit.runs.yardstick import refuse_unpublished
from agentkit.settings import Settings
from tests.agentkit.conftest import publish_ends

SOLUTION = '[solution]\n"number.txt" = "solution.txt"\n'
SAID = "as published (a paper, table 3, eight H100)"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AGENTKIT_")}


@pytest.fixture
def published(number_task: Path, uncalibrated: Path) -> Path:
    """The number task with published ends, 1 and 61; its own solution, not measured yet, is 50."""
    publish_ends(number_task)
    return number_task


def without_solution(task: Path) -> None:
    text = (task / "task.toml").read_text()
    assert SOLUTION in text
    (task / "task.toml").write_text(text.replace(SOLUTION, ""))


def opening_of(folder: RunFolder, attempt: str) -> str:
    """The prompt with which an attempt's planning began."""
    (digest,) = [
        each.data["prompt"]
        for each in folder.events()
        if each.kind == "asked" and each.attempt == attempt and each.data["key"].endswith("/plan/0")
    ]
    return folder.blobs.get(digest).decode()


def test_nothing_is_measured_of_published_ends(published: Path) -> None:
    heard: list[Event] = []
    run = agentkit.solve("toy/number", reference="paper", attempts=1, observers=[heard.append])
    assert "calibrating" not in {each.kind for each in heard}
    assert not list(Path("cache").rglob("calibrations/*.json")), "nothing was kept as if it were measured"
    (event,) = [each for each in run.folder.events() if each.kind == "calibrated"]
    assert (event.data["start_mean"], event.data["target_mean"], event.data["pairs"]) == (1.0, 61.0, 0)
    assert (event.data["measurable"], event.data["cached"]) == (False, False)
    calibration = Calibration.model_validate(event.data["calibration"])
    assert (calibration.pairs, calibration.machine) == ((), "eight H100")
    assert (
        say_event(event) == f"The scale goes from score 1 at the start to score 61 for the reference, {SAID}."
    )


def test_the_answer_is_scored_against_them_without_an_interval(published: Path) -> None:
    run = agentkit.solve("toy/number", reference="paper")
    assert run.best is not None
    assert run.best.fsr == pytest.approx((40 - 1) / (61 - 1))
    assert run.best.fsr_interval is None
    assert [each.fsr for each in run.summary.attempts] == [
        pytest.approx(19 / 60), None, pytest.approx(29 / 60), pytest.approx(39 / 60),
    ]  # fmt: skip
    told = json.loads((run.path / "summary.json").read_text())
    assert told["settings"]["reference"] == "paper"
    assert told["reference"] == {
        "metric": "score", "unit": "", "start": 1.0, "target": 61.0, "start_sd": 0.0, "target_sd": 0.0,
        "pairs": 0, "gap_in_errors": None, "measurable": False, "source": "a paper, table 3",
        "hardware": "eight H100",
    }  # fmt: skip


def test_the_report_and_the_prompts_say_that_they_are_published(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "toy/number", "--reference", "paper", "--attempts", "1", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["show", "latest"]) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert SAID in report
    assert "There is no interval, as the noise of published figures is not known here." in report
    assert "measured on this machine" not in report
    prompt = opening_of(open_run("latest"), "a1")
    assert (
        "As published (a paper, table 3, eight H100): the start files take 1 and the reference 61 (score). "
        "Your work is measured on this machine, and scored against these figures."
    ) in prompt
    assert "Measured on this machine" not in prompt


def test_measured_ends_are_still_said_to_be_measured_here(project: Path, number_task: Path) -> None:
    publish_ends(number_task)
    run = agentkit.solve("toy/number", attempts=1)
    assert run.summary.reference is not None
    assert (run.summary.reference.target, run.summary.reference.source) == (50.0, "")
    said = (
        "Measured on this machine: the start files take 1 and the reference 50 (score, means over 3 seeds)."
    )
    assert said in opening_of(run.folder, "a1")


def test_published_ends_need_no_solution(published: Path) -> None:
    without_solution(published)
    bare = agentkit.solve("toy/number", attempts=1)
    assert bare.summary.reference is None
    assert bare.best is not None
    assert bare.best.fsr is None
    scored = agentkit.solve("toy/number", attempts=1, reference="paper")
    assert scored.best is not None
    assert scored.best.fsr == pytest.approx(19 / 60)


def test_a_resumed_run_keeps_its_ends_whatever_becomes_of_the_file(published: Path) -> None:
    run = agentkit.solve("toy/number", reference="paper", attempts=1)
    text = (published / "task.toml").read_text()
    (published / "task.toml").write_text(text.replace("target = 61", "target = 81"))
    again = resume(run.path, attempts=2)
    assert again.summary.settings["reference"] == "paper"
    assert again.summary.reference is not None
    assert again.summary.reference.target == 61.0, "those in its journal"
    assert len([each for each in again.folder.events() if each.kind == "calibrated"]) == 1
    (published / "task.toml").write_text(text[: text.index("[published]")])
    assert resume(run.path, attempts=4).summary.reference == again.summary.reference


def test_a_run_cut_off_before_its_ends_were_known_takes_the_published_ones(published: Path) -> None:
    run = agentkit.solve("toy/number", reference="paper", attempts=1)
    journal = run.path / "journal.jsonl"
    first = journal.read_text().splitlines(keepends=True)[0]
    shutil.rmtree(run.path / "attempts")
    (run.path / "checkpoints.sqlite").unlink()
    journal.write_text(first)
    again = resume(run.path)
    assert again.summary.reference is not None
    assert again.summary.reference.source == "a paper, table 3"


def test_a_replay_is_relative_to_what_the_recorded_run_was(published: Path) -> None:
    run = agentkit.solve("toy/number", reference="paper", attempts=1)
    again = agentkit.solve("toy/number", replay=run.path.name)
    assert again.best is not None
    assert run.best is not None
    assert again.best.fsr == run.best.fsr
    assert again.summary.reference == run.summary.reference


def test_a_task_without_published_ends_is_refused_before_anything_is_made(
    project: Path, number_task: Path
) -> None:
    with pytest.raises(UsageError, match="toy/number has no published ends") as caught:
        agentkit.solve("toy/number", reference="paper")
    assert caught.value.lines == (
        "Wanted: a published start and target of its own figure, score",
        "Found: none; both ends can be measured here",
        "Next: --reference machine",
        f"Or, if they are published: a table [published] in {number_task / 'task.toml'}",
    )
    assert main(["solve", "toy/number", "--reference", "paper"]) == 2
    assert not Path("runs").exists()
    without_solution(number_task)
    with pytest.raises(UsageError, match="no solution either") as caught:
        agentkit.solve("toy/number", reference="paper")
    assert "Next: --reference machine; the score is then the bare figure" in caught.value.lines


def test_a_pocket_task_is_told_that_its_published_times_are_of_other_hardware() -> None:
    from agentkit.catalog import open_catalog

    task = load_task(open_catalog(), "speedrun/record12", "pocket")
    assert task.published is None
    refuse_unpublished(task, Settings())
    with pytest.raises(UsageError, match="speedrun/record12 has no published ends") as caught:
        refuse_unpublished(task, Settings(reference="paper"))
    said = str(caught.value)
    assert "of its own figure, cpu_seconds (s)" in said
    assert re.search(r"another figure or machine: hardware: 8 H100.*start time: 5\.03 min", said)
    assert "task.toml" not in said


@pytest.mark.parametrize("command", ["calibrate", "check"])
def test_a_project_that_prefers_published_ends_can_still_be_measured(
    project: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "agentkit.toml").write_text('[solve]\nreference = "paper"\n')
    assert make_plan("toy/number", {}, environ=CLEAN).settings.reference == "paper"
    assert main([command, "toy/number", "--quiet"]) == 0
    capsys.readouterr()


def test_a_refused_setting_names_the_two(project: Path) -> None:
    told: dict[str, Any] = {"reference": "papers"}
    with pytest.raises(UsageError, match="'machine' or 'paper'; found 'papers'"):
        agentkit.solve("toy/number", **told)
