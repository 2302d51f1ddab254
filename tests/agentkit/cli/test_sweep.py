"""`agentkit sweep` from the outside: real workers on the number task."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.runs.sweeps.place import held, open_sweep
from agentkit.runs.sweeps.tries import read_entries
from tests.agentkit.runs.conftest import calibrate_number_task
from tests.conftest import Once

NUMBERS = """\
title = "Numbers"
[axes]
task = ["toy/number"]
hints = ["none", "text"]
seed = [0]
[fixed]
attempts = 2
[[include]]
scaffold = "nop"
hints = "none"
[retry]
seconds = 0
"""
PATIENCE = 240.0


@pytest.fixture
def project(project: Path, once: Once) -> Path:
    """With what a user's cache keeps of the task."""
    shutil.copytree(once("number", calibrate_number_task) / "cache", project / "cache")
    return project


@pytest.fixture
def file(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(Path(agentkit.__file__).parents[1]))
    (project / "mine.toml").write_text(NUMBERS)
    return project / "mine.toml"


def begin(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agentkit", "sweep", "mine.toml", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def has_come(folder: Path, attempts: int, process: subprocess.Popen[str]) -> bool:
    """Whether so many attempts are finished in all runs together; or the sweep is over."""
    journals = folder.glob("cells/*/tries/*/journal.jsonl")
    count = sum(path.read_text().count('"kind":"attempt"') for path in journals)
    return process.poll() is not None or count >= attempts


def outcome(folder: Path) -> dict[str, Any]:
    """What every run came to, without how long it took."""
    found = {}
    for row in open_sweep(folder).rows():
        assert row.run is not None
        told = json.loads((row.run / "summary.json").read_text())
        attempts = [
            (each["id"], each["status"], each["metrics"], each["cost"]["tokens"]) for each in told["attempts"]
        ]
        found[row.spec.digest] = (row.state, told["state"], told["reason"], told["best"], attempts)
    return found


@pytest.mark.real
def test_a_sweep_runs_to_its_end_and_the_same_command_then_does_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "mine.toml", "--only", "scaffold=nop", "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["states"] == {"waiting": 2, "finished": 1}
    assert "--only leaves 1 of them" in said.err
    assert "1/1 toy/number, scaffold nop, hints none, seed 0: finished, 0 %" in said.err
    before = outcome_of_finished(file.parent / "sweeps" / "mine")
    assert main(["sweep", "mine.toml", "--only", "scaffold=nop"]) == 0
    said = capsys.readouterr()
    assert "1 finished, 0 to do now" in said.err
    assert "3 runs: 2 waiting, 1 finished." in said.err
    assert outcome_of_finished(file.parent / "sweeps" / "mine") == before


def outcome_of_finished(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.glob("cells/*/tries/*/journal.jsonl")}


@pytest.mark.real
@pytest.mark.slow
def test_three_kills_on_the_way_change_nothing_and_nothing_ends_twice(file: Path) -> None:
    """Figures equal to the last digit: the number task is deterministic."""
    file.write_text(NUMBERS.replace("attempts = 2", "attempts = 3").partition("[[include]]")[0])
    assert main(["sweep", "mine.toml", "--workers", "2", "--out", "whole", "--quiet"]) == 0
    folder = file.parent / "killed"
    for attempts in (1, 3, 5):
        process = begin("--workers", "2", "--out", "killed", "--quiet")
        wait_for(functools.partial(has_come, folder, attempts, process))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was killed on the way, not at its end"
    assert main(["sweep", "mine.toml", "--workers", "2", "--out", "killed", "--quiet"]) == 0
    assert outcome(folder) == outcome(file.parent / "whole")
    for cell in folder.glob("cells/*"):
        assert [entry.how for entry in read_entries(cell)].count("finished") <= 1
        assert len(list(cell.glob("tries/*"))) == 1, "each run was gone on with, not begun anew"
        (journal,) = cell.glob("tries/*/journal.jsonl")
        events = [json.loads(line) for line in journal.read_text().splitlines()]
        ended = [event["attempt"] for event in events if event["kind"] == "attempt"]
        assert len(ended) == len(set(ended)), "no attempt was finished twice"


@pytest.mark.real
@pytest.mark.slow
def test_ctrl_c_stops_all_workers_and_leaves_none(file: Path, number_task: Path) -> None:
    evaluate = number_task / "evaluate.py"
    evaluate.write_text("import time\ntime.sleep(60)\n" + evaluate.read_text())
    process = begin("--workers", "2", "--limit", "2")
    folder = file.parent / "sweeps" / "mine"
    wait_for(lambda: len(list(folder.glob("cells/*/tries/*/journal.jsonl"))) == 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "the same command goes on with it" in said
    workers = [entry for cell in folder.glob("cells/*") for entry in read_entries(cell)]
    assert [entry.how for entry in workers if entry.kind == "ended"] == ["stopped", "stopped"]
    for entry in workers:
        assert not Path("/proc", entry.worker.partition(":")[2]).exists()
    assert {row.state for row in open_sweep(folder).rows()} == {"waiting"}


def test_a_dry_run_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(file.parent.iterdir())
    assert main(["sweep", "mine.toml", "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Numbers: 3 runs\n")
    assert text.endswith("Nothing was run.\n")
    assert main(["sweep", "mine.toml", "--dry-run", "--json", "--limit", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runs"], len(told["todo"]), told["estimate"]["runs"], told["asks"]) == (3, 1, 1, [])
    assert set(file.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--limit", "0"], 2, "--limit is at least 1"),
        (["--only", "sed=1"], 2, "Did you mean: seed?"),
        (["--engine", "slrm"], 2, "There is no plugin 'slrm'."),
        (["--most-runs", "2"], 2, "asks for 3 runs"),
    ],
)
def test_wrong_words_are_told(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["sweep", "mine.toml", *words]) == code
    assert said in capsys.readouterr().err


def test_a_second_sweep_in_one_folder_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(file.parent / "sweeps" / "mine"):
        assert main(["sweep", "mine.toml"]) == 4
    assert f"is being driven by process {os.getpid()}" in capsys.readouterr().err


def test_what_may_cost_more_is_not_begun_unasked(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    file.write_text(NUMBERS.replace("[fixed]", '[fixed]\nmodel = "openai/unheard-of"'))
    assert main(["sweep", "mine.toml"]) == 2
    error = capsys.readouterr().err
    assert "what the models of 2 runs cost is not known" in error, "nop asks none"
    assert "--yes" in error
    assert not (file.parent / "sweeps" / "mine" / "cells").exists()
