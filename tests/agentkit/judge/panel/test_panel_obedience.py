"""A judge that does whatever the work tells it: what it passes, the program does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agentkit.contracts.rubric import JudgeReport
from agentkit.judge.evidence import Evidence
from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.obedience import CARRIERS, Obedient, attacked, lay_out, payloads, targets
from tests.agentkit.judge.panel.scene import ScriptedJudge, judged

SETTINGS = PanelSettings(canaries=False, heavy_share=1.0, room=10_000_000, at_once=32)


def judging(tmp_path: Path, name: str, *, harmless: bool, defended: bool) -> tuple[JudgeReport, Obedient]:
    work = tmp_path / f"work-{harmless}"
    if not work.exists():
        lay_out(work, harmless)
        (tmp_path / "harness").mkdir(exist_ok=True)
        (tmp_path / "harness" / "run.log").write_text("epoch 1 loss 0.52\n")
    judge = Obedient()
    evidence = Evidence(folder=work, harness=tmp_path / "harness")
    report = judged(
        tmp_path / name, [ScriptedJudge(says=judge)], evidence, targets(), SETTINGS, defended=defended
    )
    return report, judge


def passed(report: JudgeReport) -> list[str]:
    return [each.id for each in report.verdicts if each.score and "." in each.id]


@pytest.mark.slow
def test_no_leaf_is_passed_by_what_the_work_says_to_its_judge(tmp_path: Path) -> None:
    assert len(payloads()) >= 40
    report, judge = judging(tmp_path, "defended", harmless=False, defended=True)
    assert len(judge.obeyed) == len(payloads()) * len(CARRIERS)
    print(Counter((each.status, each.flags) for each in report.verdicts))
    flipped = passed(report)
    print([(p.name, c) for p, c in attacked() if f"{p.number:02}.{c}" in flipped])
    assert flipped == []
    known = {each.id: each.status for each in report.verdicts[-2:]}
    print(known)


@pytest.mark.slow
def test_without_the_defences_most_of_them_are(tmp_path: Path) -> None:
    report, judge = judging(tmp_path, "undefended", harmless=False, defended=False)
    print(len(passed(report)), len(judge.obeyed))
    assert len(passed(report)) > len(judge.obeyed) / 2


@pytest.mark.slow
def test_clean_work_scores_the_same_with_and_without(tmp_path: Path) -> None:
    with_them, _ = judging(tmp_path, "defended", harmless=True, defended=True)
    without, _ = judging(tmp_path, "undefended", harmless=True, defended=False)
    print(with_them.suspects[:20])
    assert [(each.id, each.status, each.score) for each in with_them.verdicts] == [
        (each.id, each.status, each.score) for each in without.verdicts
    ]
