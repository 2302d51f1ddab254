from __future__ import annotations

from pathlib import Path

import pytest

import agentkit
from agentkit.cli.judge.reading import find_report
from agentkit.errors import BadFile, RunProblem, UnknownName


def test_a_folder_or_its_file_and_the_rubrics_place(judged: Path, place: Path) -> None:
    report, rubric = find_report(str(judged))
    assert rubric == place / "rubric.toml"
    assert find_report(str(judged / "report.json")) == (report, rubric)


def test_a_runs_own_report(project: Path) -> None:
    run = agentkit.solve("toy/number", sandbox="local", measurements=0)
    report, rubric = find_report("latest")
    assert report == run.folder.summary().judge
    assert rubric is not None and rubric.name == "rubric.toml"


def test_what_holds_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunProblem, match="holds no report"):
        find_report(str(tmp_path))
    with pytest.raises(UnknownName, match="no report or run 'nowhere'"):
        find_report("nowhere")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BadFile, match="a judge's report"):
        find_report("x.json")


def test_a_judging_that_was_stopped_has_no_report_yet(judged: Path) -> None:
    (judged / "report.json").unlink()
    with pytest.raises(RunProblem, match="was not finished") as told:
        find_report(str(judged))
    assert told.value.lines[-1] == f"Next: the same `agentkit judge run` again, with --out {judged}"


def test_every_place_that_was_looked_in_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as told:
        find_report("nowhere", str(tmp_path / "runs"))
    assert str(told.value).count("Looked in") == 1 and str(tmp_path / "runs") in str(told.value)
