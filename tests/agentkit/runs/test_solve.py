"""Whole runs of the number task, through the doors a user takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agentkit
from agentkit.contracts.summary import AttemptRow
from agentkit.errors import MissingRequirement, RunProblem, UnknownName, UsageError
from agentkit.runs.folder import open_run
from agentkit.runs.solve import resume


def what_happened(row: AttemptRow) -> tuple[object, ...]:
    """An attempt without how long it took."""
    return row.id, row.operator, row.parents, row.status, dict(row.metrics), row.plan, row.cost.tokens


def test_the_demonstration_ends_in_a_measured_answer(project: Path) -> None:
    run = agentkit.solve("tasks/toy/number")
    attempts = [(each.id, each.operator, each.parents, each.status) for each in run.summary.attempts]
    assert attempts == [
        ("a1", "draft", (), "valid"),
        ("a2", "improve", ("a1",), "crash"),
        ("a3", "debug", ("a2",), "valid"),
        ("a4", "improve", ("a3",), "valid"),
    ]
    assert run.best is not None
    assert run.best.attempt == "a4"
    assert run.best.measurements == run.best.valid_measurements == 3
    assert run.best.fsr == pytest.approx((40 - 1) / (50 - 1))
    assert run.best.trust == "claimed", "a folder task's script vouches for itself only"
    assert "-1" in run.diff()
    assert "+40" in run.diff()
    assert run.diff("a4").count("+40") == 1
    assert run.summary.judge is not None
    assert run.summary.judge.score == 1.0
    assert run.summary.reference is not None
    assert (run.summary.reference.start, run.summary.reference.target) == (1.0, 50.0)


def test_the_folder_holds_what_was_told_and_what_came_of_it(project: Path) -> None:
    run = agentkit.solve("toy/number", attempts=1, seed=3)
    told = json.loads((run.path / "run.json").read_text())
    assert told["task"] == "toy/number"
    assert told["seed"] == 3
    assert told["origins"]["seed"] == "--seed"
    assert told["origins"]["scaffold"] == "transcript"
    assert told["versions"]["pydantic"]
    assert told["machine"]["cores"] >= 1
    summary = json.loads((run.path / "summary.json").read_text())
    assert summary == json.loads(run.summary.model_dump_json())
    assert summary["state"] == "ended"
    assert open_run("latest").summary() == run.summary


def test_oracle_is_at_one_and_nop_at_zero_and_no_model_is_needed(project: Path) -> None:
    oracle = agentkit.solve("toy/number", scaffold="oracle")
    nop = agentkit.solve("toy/number", scaffold="nop")
    assert oracle.best is not None
    assert nop.best is not None
    assert oracle.best.fsr == pytest.approx(1.0)
    assert nop.best.fsr == pytest.approx(0.0)
    assert oracle.summary.model == nop.summary.model == "none"


def test_a_calibration_is_made_once(uncalibrated: Path) -> None:
    kinds: list[str] = []
    agentkit.solve("toy/number", scaffold="nop")
    agentkit.solve("toy/number", scaffold="nop", observers=[lambda event: kinds.append(event.kind)])
    assert "calibrated" in kinds
    assert "calibrating" not in kinds, "nothing was measured a second time"


def test_a_cap_of_attempts_ends_the_run_and_resume_may_raise_it(project: Path) -> None:
    run = agentkit.solve("toy/number", attempts=2)
    assert [each.id for each in run.summary.attempts] == ["a1", "a2"]
    assert run.best is not None
    assert run.best.attempt == "a1"
    again = resume(run.path, attempts=4)
    assert [each.id for each in again.summary.attempts] == ["a1", "a2", "a3", "a4"]
    assert again.best is not None
    assert again.best.attempt == "a4"
    started = [each for each in again.folder.events() if each.kind == "selected"]
    assert len(started) == 4, "finished attempts are not made again"


def test_a_transcript_that_ends_too_early_still_gives_an_answer(project: Path) -> None:
    run = agentkit.solve("toy/number", scaffold="flat", attempts=3)
    assert run.summary.state == "ended"
    assert "has no reply for the second 'draft'" in run.summary.reason
    assert run.best is not None
    assert run.best.attempt == "a1"


@pytest.mark.parametrize("moment", ['"kind":"selected","attempt":"a2"', '"kind":"measured"'])
def test_a_killed_run_goes_on_where_it_was(project: Path, moment: str) -> None:
    """kill -9 of the real command as soon as a record is on disk, then the real resume."""
    whole = agentkit.solve("toy/number")
    environment = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    command = [sys.executable, "-m", "agentkit", "solve", "toy/number", "--quiet", "--runs-folder", "killed"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        journals = list(Path("killed").glob("*/journal.jsonl"))
        if journals and moment in journals[0].read_text():
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was killed in the middle, not at its end"
    (killed,) = Path("killed").iterdir()
    before = {each.data["key"] for each in open_run(killed).events() if each.kind == "reply"}
    (killed / "checkpoints.sqlite").unlink(missing_ok=True)
    run = resume(killed)
    assert [what_happened(each) for each in run.summary.attempts] == [
        what_happened(each) for each in whole.summary.attempts
    ]
    assert run.best == whole.best
    asked = [each.data["key"] for each in run.folder.events() if each.kind == "reply"]
    assert len(asked) == len(set(asked)), "no reply was asked for twice"
    assert before <= set(asked)


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(project: Path) -> None:
    task = project / "tasks" / "toy" / "number" / "evaluate.py"
    task.write_text("import time\ntime.sleep(0.5)\n" + task.read_text())
    environment = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    command = [sys.executable, "-m", "agentkit", "solve", "toy/number", "--json"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not list(Path("runs").glob("*/journal.jsonl")):
        time.sleep(0.01)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "agentkit resume" in err
    run = open_run("latest")
    assert run.summary().state == "interrupted"
    assert resume(run.path).summary.state == "ended"


def test_a_run_that_is_held_is_refused(project: Path) -> None:
    from agentkit.journal.log import Journal

    run = agentkit.solve("toy/number", attempts=1)
    journal = Journal(run.path)
    with pytest.raises(RunProblem, match=f"process {os.getpid()}"):
        resume(run.path)
    journal.close()


def test_wrong_names_offer_the_nearest(project: Path) -> None:
    with pytest.raises(UnknownName, match="number"):
        agentkit.solve("toy/nubmer")
    with pytest.raises(UnknownName, match="aide"):
        agentkit.solve("toy/number", scaffold="aied")
    with pytest.raises(UnknownName, match="editor"):
        agentkit.solve("toy/number", tools=("shell", "edtior", "submit"))
    with pytest.raises(UnknownName, match="demo"):
        agentkit.solve("toy/number", model="scripted/dmeo")
    with pytest.raises(UnknownName, match="hint level"):
        agentkit.solve("toy/number", hints=("7",))
    assert not Path("runs").exists(), "nothing is made before everything is checked"


def test_a_live_model_without_its_key_says_which_and_the_alternative(project: Path) -> None:
    with pytest.raises(MissingRequirement, match="OPENAI_API_KEY") as caught:
        agentkit.solve("toy/number", model="openai/gpt-5")
    assert "scripted/" in str(caught.value)


def test_a_key_without_a_model_asks_which_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with pytest.raises(UsageError, match="--model openai/…") as caught:
        agentkit.solve("toy/number")
    assert "not-a-real-key" not in str(caught.value)


def test_a_runs_folder_that_cannot_be_made_is_said_so(project: Path) -> None:
    (project / "file").write_text("")
    with pytest.raises(RunProblem, match="--runs-folder"):
        agentkit.solve("toy/number", runs_folder=project / "file" / "runs")


def test_paths_are_kept_whole_where_a_shell_says_where_one_stands(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PWD", str(project))
    run = agentkit.solve("toy/number", attempts=1)
    assert json.loads((run.path / "run.json").read_text())["project"] == str(project)
    assert run.summary.folder == str(run.path)
    assert resume(run.path, attempts=2).summary.attempts[-1].id == "a2"
