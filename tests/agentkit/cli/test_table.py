from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import pytest

from agentkit.cli.table import add_arguments, print_rows, run
from agentkit.errors import UsageError
from tests.agentkit.runs.tables.written_runs import row, write_run


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for scaffold, gain in (("aide", 0.0), ("tree", 0.3)):
        for seed in range(3):
            write_run(
                tmp_path / "runs" / f"{scaffold}-{seed}", gain + seed / 10, scaffold=scaffold, seed=seed
            )
    write_run(tmp_path / "runs" / "tree-3", 0.9, scaffold="tree", seed=3, state="failed", reason="disk full")
    return tmp_path / "runs"


def test_every_run_is_a_line(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(runs)) == 0
    out = capsys.readouterr().out
    assert "All runs: task toy/one, model provider/m, hints text+paper" in out
    assert "scaffold  seed" in out and "aide-0" in out and "0.500" in out
    assert "7 runs: 6 finished, 1 failed" in out and "tree-3 failed: disk full" in out


def test_what_is_not_shown_is_counted(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--limit", "2", "--where", "scaffold=tree") == 0
    out = capsys.readouterr().out
    assert "aide" not in out and "4 runs: 3 finished, 1 failed" in out and "2 more are not shown" in out
    with pytest.raises(UsageError, match="--limit"):
        call(str(runs), "--limit", "-1")


def test_groups(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(runs), "--by", "scaffold,hints", "--json") == 0
    aide, tree = json.loads(capsys.readouterr().out)["groups"]
    assert aide["key"] == {"scaffold": "aide", "hints": "text+paper"}
    assert aide["figures"]["mean"] == pytest.approx(0.1) and tree["figures"]["missing"] == 1
    assert call(str(runs), "--by", "scaffold", "--tasks", "sampled") == 0
    out = capsys.readouterr().out
    assert "0.100" in out and "0.400" in out and "of all tasks like these" in out
    assert "all groups: one task says nothing of others" in out


def test_files_and_json_hold_every_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(runs), "--out", "runs.csv", "--limit", "1") == 0
    assert "7 runs" in capsys.readouterr().out
    with (runs.parent / "runs.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 7
    assert call(str(runs), "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 7


def test_columns_can_be_chosen(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(runs), "--columns") == 0
    assert {"score", "settings.width", "cap.attempts"} <= set(capsys.readouterr().out.split())
    assert call(str(runs), "--columns", "run,width") == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["run     width", "aide-0      2"]


def test_a_simulation_is_said_to_be_one(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs / "played", 0.5, model="scripted/demo")
    for words in ([], ["--by", "model"]):
        assert call(str(runs), *words) == 0
        assert "1 of 8 are simulated: no live model was asked" in capsys.readouterr().out
    assert call(str(runs), "--where", "simulated=yes") == 0
    assert "All are simulated" in capsys.readouterr().out


def test_no_run_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call() == 0
    assert "agentkit sweep FILE" in capsys.readouterr().out


def test_groups_say_how_many_are_simulated(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs / "played", 0.5, model="scripted/demo")
    assert call(str(runs), "--by", "model", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["simulated"] == 1
    assert {group["key"]["model"]: group["simulated"] for group in found["groups"]} == {
        "provider/m": 0, "scripted/demo": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "missing", "said"),
    [
        ("score", 1, "A finished run without an answer is 0"),
        ("value", 1, "is missing, and so is one that did not finish"),
        ("minutes", 0, "Runs that did not finish count with what they used"),
    ],
)
def test_it_says_which_runs_a_mean_is_over(
    runs: Path, capsys: pytest.CaptureFixture[str], figure: str, missing: int, said: str
) -> None:
    assert call(str(runs), "--by", "scaffold", "--figure", figure) == 0
    assert said in " ".join(capsys.readouterr().out.split())
    assert call(str(runs), "--by", "scaffold", "--figure", figure, "--json") == 0
    _, tree = json.loads(capsys.readouterr().out)["groups"]
    assert tree["figures"]["missing"] == missing


def test_an_axis_stands_beside_the_column_of_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([row(seed=cap, labels={"attempts": str(cap)}, attempts=2) for cap in (5, 20)], [], 0)
    heads, first, *_ = capsys.readouterr().out.split("\n\n")[1].splitlines()
    told = dict(zip(heads.split(), first.split(), strict=False))
    assert (told["axis.attempts"], told["attempts"]) == ("5", "2")
    assert heads.split().count("attempts") == 1


def test_a_reason_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([row(state="failed", score=None, reason="\x1b[2Jgone")], ["run", "reason"], 0)
    out = capsys.readouterr().out
    assert "\x1b" not in out and out.count("[2Jgone") == 2
