from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.cli.show import add_arguments, run
from agentkit.errors import UnknownName, UsageError


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def test_a_run_by_the_start_of_its_name(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("20260101", "--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert "recovers 81 %" in out and "window = 4 + step" in out


def test_a_run_by_its_path_and_the_latest(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(runs / "20260101-120000-speedrun-record12")) == 0
    assert "recovers 81 %" in capsys.readouterr().out
    assert call("--runs-folder", str(runs)) == 0
    assert "The run was cut off" in capsys.readouterr().out


def test_the_date_of_the_target_is_shown_with_a_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs / "20260101-120000-speedrun-record12" / "run.json"
    dated = {**json.loads(path.read_text()), "task_facts": {"target date": "2024-11-24"}}
    path.write_text(json.dumps(dated))
    assert call("20260101", "--runs-folder", str(runs)) == 0
    assert "target is of 2024-11-24: a model trained later may know it" in capsys.readouterr().out


def test_an_attempt(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("20260101", "a3", "--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert "a3: made by (debug of a2)" in out and "+window = 4" in out


def test_json_of_a_run_is_its_summary(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("20260101", "--json", "--runs-folder", str(runs)) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["version"], content["best"]["fsr"], len(content["attempts"])) == (1, 0.81, 3)


def test_json_of_an_attempt_is_its_events(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("20260101", "a3", "--json", "--runs-folder", str(runs)) == 0
    content = json.loads(capsys.readouterr().out)
    kinds = [event["kind"] for event in content["events"]]
    assert kinds[:3] == ["selected", "stage", "reply"] and kinds.count("measured") == 3
    assert content["attempt"] == "a3" and "+window" in content["diff"]


def test_unknown_names_are_answered_with_known_ones(runs: Path) -> None:
    with pytest.raises(UnknownName, match="Known: a1, a2, a3"):
        call("20260101", "a9", "--runs-folder", str(runs))
    with pytest.raises(UnknownName, match="20260101-120000-speedrun-record12"):
        call("nothing", "--runs-folder", str(runs))


def test_the_graphs_are_drawn_as_mermaid() -> None:
    command = [sys.executable, "-m", "agentkit", "show", "graph"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("graph TD;") == 2
    for stage in ("debug", "review", "dispatch", "finalise"):
        assert stage in done.stdout


@pytest.mark.parametrize("what", ["graph", "tools"])
@pytest.mark.parametrize("word", ["a1", "--tree"])
def test_graphs_and_tools_have_no_attempts(what: str, word: str) -> None:
    with pytest.raises(UsageError, match="takes no attempt"):
        call(what, word)


def test_the_log_in_lines_and_as_json(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = runs / "20260101-120000-speedrun-record12"
    entries = [
        {"time": "2026-01-01T12:00:00.000Z", "level": "info", "event": "stage", "attempt": "a1"},
        {"time": "2026-01-01T12:00:01.000Z", "level": "warning", "event": "outcome", "attempt": "a2"},
    ]
    assert call("20260101", "--log", "--runs-folder", str(runs)) == 0
    assert "There is no log of" in capsys.readouterr().out
    (folder / "log.jsonl").write_text("".join(json.dumps(each) + "\n" for each in entries))
    assert call("20260101", "--log", "--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert "outcome" in out and "[warning  ]" in out and len(out.splitlines()) == 2
    assert call("20260101", "a2", "--log", "--json", "--runs-folder", str(runs)) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == entries[1:]


def test_the_tree_of_a_run_and_what_does_not_go_with_it(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("20260101", "--tree", "--runs-folder", str(runs)) == 0
    assert "└─ a3 debug" in capsys.readouterr().out
    assert call("20260101", "--tree", "--json", "--runs-folder", str(runs)) == 0
    assert len(json.loads(capsys.readouterr().out)["attempts"]) == 3
    with pytest.raises(UsageError, match="--tree shows a whole run"):
        call("20260101", "a1", "--tree", "--runs-folder", str(runs))


def test_what_is_a_task_and_what_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("toy/number") == 0
    assert capsys.readouterr().out.startswith("toy/number: A number\n")
    with pytest.raises(UnknownName, match="There is no run 'runs/number'"):
        call("runs/number")
    with pytest.raises(UnknownName, match="There is no run 'number'"):
        call("number")
    with pytest.raises(UnknownName, match="There is no task 'toy/numbre'"):
        call("toy/numbre")


def test_what_does_not_go_with_a_task(project: Path) -> None:
    with pytest.raises(UsageError, match="No task was named for --hints"):
        call("--hints", "text")
    with pytest.raises(UsageError, match="no attempts and no log"):
        call("toy/number", "a1")
    for flag in ("--log", "--tree"):
        with pytest.raises(UsageError, match="no attempts and no log"):
            call("toy/number", flag)
