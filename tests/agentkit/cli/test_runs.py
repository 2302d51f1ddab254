from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from agentkit.cli.runs import add_arguments, find_runs_folder, run


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def test_every_run_is_listed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    first, second = (line for line in out.splitlines() if line.startswith("2026"))
    assert "speedrun/record12" in first and "aide" in first and "ended" in first and "81 %" in first
    assert "cut off" in second
    assert "agentkit show 20260102-120000-speedrun-record12" in out


def test_a_task_of_another_size_is_told_apart(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs / "20260101-120000-speedrun-record12" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "profile": "gpu1@0.1"}))
    assert call("--runs-folder", str(runs)) == 0
    first, second = (line for line in capsys.readouterr().out.splitlines() if line.startswith("2026"))
    assert "speedrun/record12 gpu1@0.1" in first and "speedrun/record12 pocket" in second
    assert call("--runs-folder", str(runs), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert [each["profile"] for each in content["runs"]] == ["gpu1@0.1", "pocket"]


def test_a_damaged_run_does_not_hide_the_others(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("bad", "{"), ("worse", "{}")):
        (runs / name).mkdir()
        (runs / name / "run.json").write_text(content)
    assert call("--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert out.count("cannot be read") >= 2 and "81 %" in out and "bad: " in out


def test_json(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--runs-folder", str(runs), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["version"] == 1
    done, under_way = content["runs"]
    assert (done["state"], done["fsr"], done["attempts"]) == ("ended", 0.81, 3)
    assert (under_way["state"], under_way["fsr"], under_way["writer"]) == ("running", None, None)


def test_no_run_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--runs-folder", str(tmp_path)) == 0
    assert "agentkit solve" in capsys.readouterr().out


def test_where_runs_are_looked_for(tmp_path: Path) -> None:
    assert find_runs_folder(None, {}, tmp_path) == tmp_path / "runs"
    assert find_runs_folder(None, {"AGENTKIT_RUNS_FOLDER": "elsewhere"}, tmp_path) == tmp_path / "elsewhere"
    assert find_runs_folder("/given", {"AGENTKIT_RUNS_FOLDER": "elsewhere"}, tmp_path) == Path("/given")
