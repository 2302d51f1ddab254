from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from agentkit.cli.compare import add_arguments, run
from agentkit.errors import UsageError
from tests.agentkit.runs.tables.written_runs import write_run


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for number, (scaffold, gain) in enumerate((("aide", 0.0), ("tree", 0.4))):
        for task in ("a", "b", "c"):
            for seed in range(3):
                score = gain + (seed * 7 + number * 5 + ord(task)) % 9 / 50
                name = f"{scaffold}-{task}-{seed}"
                write_run(tmp_path / "runs" / name, score, scaffold=scaffold, seed=seed, task=f"toy/{task}")
    return tmp_path / "runs"


def test_it_answers_in_a_sentence_first(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("scaffold=aide", "scaffold=tree", "--runs", str(runs)) == 0
    out = capsys.readouterr().out
    assert (
        out.startswith("scaffold=tree recovers 0.36 more than scaffold=aide (")
        and "p=0.0039; n=9 pairs" in out
    )
    assert "of these very tasks" in out and "missing" in out and "could be seen" in out


def test_json_has_every_figure(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("scaffold=aide", "scaffold=tree", "--json", "--tasks", "sampled") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["version"], found["figure"], found["tasks_are"]) == (1, "score", "sampled")
    (contrast,) = found["contrasts"]
    assert contrast["shown"] is False and contrast["least_p"] == 0.25, "three tasks say little of all others"
    assert contrast["differs"] == {"scaffold": ["tree", "aide"]}
    assert [side["figures"]["n"] for side in found["sides"]] == [9, 9]


def test_folders_are_sides_too(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for run_folder in sorted(runs.glob("tree-*")):
        run_folder.rename(tmp_path / f"moved-{run_folder.name}")
    (tmp_path / "tree").mkdir()
    for moved in sorted(tmp_path.glob("moved-*")):
        moved.rename(tmp_path / "tree" / moved.name)
    assert call("runs", "tree", "--where", "task=toy/a|toy/b") == 0
    out = capsys.readouterr().out
    assert out.startswith("tree recovers 0.35 more than runs (") and "n=6 pairs" in out


def test_one_side_is_none(runs: Path) -> None:
    with pytest.raises(UsageError, match="at least two sides"):
        call("scaffold=aide")


def test_a_larger_figure_is_not_said_to_be_better(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("scaffold=aide", "scaffold=tree", "--figure", "minutes") == 0
    out = capsys.readouterr().out
    assert "larger: the chance" in out and "better" not in out and "beats" not in out
    assert "Runs that did not finish count" in out
    assert call("scaffold=aide", "scaffold=tree") == 0
    assert "better: the chance" in capsys.readouterr().out


def test_a_pair_that_is_missing_on_both_sides_is_one(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for scaffold in ("aide", "tree"):
        write_run(runs / f"{scaffold}-d-0", 0.5, scaffold=scaffold, task="toy/d", state="failed")
    assert call("scaffold=aide", "scaffold=tree") == 0
    table = capsys.readouterr().out.split("\n\n")[-2]
    assert re.search(r" 9 +1 ", table), table


def test_where_nothing_can_be_shown_none_could_be_seen(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for tasks_are, none in (("fixed", False), ("sampled", True)):
        assert call("scaffold=aide", "scaffold=tree", "--tasks", tasks_are) == 0
        assert capsys.readouterr().out.split("\n\n")[-2].endswith("–") == none
