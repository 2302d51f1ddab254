"""A judging leaves a folder that is complete by itself."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import AgentkitError, BadFile, RunProblem
from agentkit.judge.evidence import Evidence
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.rubrics.read import read_rubric
from agentkit.runs.judging.judging import Judging, judge_on_record
from agentkit.runs.judging.place import JudgingPlace, read_report
from agentkit.runs.judging.replay import replay
from tests.agentkit.judge.panel.scene import TWO, ScriptedJudge, work

SETTINGS = PanelSettings(heavy_share=0.1)


def judged(place: Path, *judges: ScriptedJudge, out: str = "out") -> JudgeReport:
    rubric = place / "rubric.toml"
    panel = [Judge(each.name, each) for each in judges]
    judging = Judging(read_rubric(rubric), rubric, panel, SETTINGS, "Fit a line.")
    ledger = Ledger(place / out)
    try:
        evidence = Evidence(folder=place / "work")
        return asyncio.run(judge_on_record(judging, evidence, JudgingPlace(place / out), ledger))
    finally:
        ledger.close()


def test_the_report_is_in_the_folder_in_every_form(place: Path) -> None:
    report = judged(place, ScriptedJudge())
    assert report.headline == 0.75
    assert read_report(place / "out" / "report.json") == report
    assert "<!doctype html>" in (place / "out" / "report.html").read_text()
    assert (place / "out" / "report.md").read_text().startswith("# A line is fitted: 75.0 %")
    told = JudgingPlace(place / "out").told
    assert told is not None
    assert (told.task, told.panel[0].model) == ("Fit a line.", "anthropic/claude-test")
    assert JudgingPlace(place / "out").rubric == place / "rubric.toml"


def test_a_replay_needs_nothing_but_the_folder_and_is_the_same_to_the_byte(place: Path) -> None:
    judged(place, ScriptedJudge(), ScriptedJudge("openai/gpt-test"))
    shutil.rmtree(place / "work")
    (place / "rubric.toml").unlink()
    text, report = asyncio.run(replay(place / "out"))
    assert text == (place / "out" / "report.json").read_text()
    assert report.score == 0.75


def test_without_judges_a_replay_is_the_same_too(place: Path) -> None:
    judged(place)
    text, _ = asyncio.run(replay(place / "out"))
    assert text == (place / "out" / "report.json").read_text()


def test_a_replay_does_not_invent_what_was_never_answered(place: Path) -> None:
    judged(place, ScriptedJudge())
    calls = place / "out" / "calls.jsonl"
    lines = calls.read_text().splitlines(keepends=True)
    calls.write_text("".join(line for line in lines if json.loads(line)["kind"] != "reply"))
    with pytest.raises(AgentkitError):
        asyncio.run(replay(place / "out"))


def test_a_replay_refuses_texts_that_are_not_those_that_were_judged(place: Path) -> None:
    judged(place, ScriptedJudge())
    kept = place / "out" / "snapshot.json"
    kept.write_text(kept.read_text().replace("polyfit", "polyfix"))
    with pytest.raises(BadFile, match="the texts of snapshot"):
        asyncio.run(replay(place / "out"))


def test_where_nothing_was_judged_nothing_is_replayed(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="holds no judging"):
        asyncio.run(replay(tmp_path))


def test_a_folder_that_cannot_be_written_is_named(place: Path) -> None:
    (place / "out").write_text("a file")
    with pytest.raises((RunProblem, OSError)):
        judged(place)


def test_the_floor_that_was_told_is_the_reports(tmp_path: Path) -> None:
    judging = Judging(TWO, Path("rubric.toml"), (), PanelSettings(floor=0.25))
    place, ledger = JudgingPlace(tmp_path / "out"), Ledger(tmp_path / "out")
    report = asyncio.run(judge_on_record(judging, work(tmp_path / "work"), place, ledger))
    ledger.close()
    assert report.floor == 0.25
