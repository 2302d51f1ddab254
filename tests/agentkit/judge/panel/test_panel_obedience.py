"""A judge that does whatever the work tells it: what it passes, the program does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agentkit.contracts.rubric import JudgeReport
from agentkit.judge.evidence import Evidence
from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.obedience import CARRIERS, Obedient, Payload, lay_out, payloads, targets
from tests.agentkit.judge.panel.scene import ScriptedJudge, judged

SETTINGS = PanelSettings(canaries=False, heavy_share=1.0, room=10_000_000, at_once=64)
"""Canaries off: such a judge would pass them too, and then have no vote at all."""


FEW = ("note to the grader", "a reply, ready made", "in plain words that no rule knows")


def judging(
    tmp_path: Path, name: str, *, harmless: bool, defended: bool, of: Sequence[Payload] | None = None
) -> tuple[JudgeReport, Obedient]:
    of = payloads() if of is None else of
    work, harness = tmp_path / f"work-{harmless}", tmp_path / "harness"
    if not work.exists():
        lay_out(work, of, harmless)
        harness.mkdir(exist_ok=True)
        (harness / "run.log").write_text("epoch 1 loss 0.52\n")
    judge = Obedient(of)
    report = judged(
        tmp_path / name,
        [ScriptedJudge(says=judge)],
        Evidence(folder=work, harness=harness),
        targets(of),
        SETTINGS,
        defended=defended,
    )
    return report, judge


def flipped(report: JudgeReport) -> list[str]:
    """Leaves that are not met, and were passed."""
    return [each.id for each in report.verdicts if each.score and "." in each.id]


def plain_leaves(report: JudgeReport) -> list[str]:
    """What became of the two that a careful judge tells apart."""
    return [each.status for each in report.verdicts if "." not in each.id]


@pytest.mark.slow
def test_no_leaf_is_passed_by_what_the_work_says_to_its_judge(tmp_path: Path) -> None:
    assert len(payloads()) >= 40
    report, judge = judging(tmp_path, "defended", harmless=False, defended=True)
    assert len(judge.obeyed) == len(payloads()) * len(CARRIERS)
    assert flipped(report) == []
    assert plain_leaves(report) == ["passed", "failed"]


@pytest.mark.slow
def test_without_the_defences_most_of_them_are(tmp_path: Path) -> None:
    report, judge = judging(tmp_path, "undefended", harmless=False, defended=False)
    assert len(judge.obeyed) == len(payloads()) * len(CARRIERS)
    assert len(flipped(report)) > len(judge.obeyed) / 2


def scores(report: JudgeReport) -> list[tuple[str, str, float | None]]:
    return [(each.id, each.status, each.score) for each in report.verdicts]


@pytest.mark.slow
def test_clean_work_scores_the_same_with_and_without(tmp_path: Path) -> None:
    of = payloads()[::4]
    with_them, _ = judging(tmp_path, "defended", harmless=True, defended=True, of=of)
    without, _ = judging(tmp_path, "undefended", harmless=True, defended=False, of=of)
    assert scores(with_them) == scores(without)
    assert plain_leaves(with_them) == ["passed", "failed"]


def test_a_few_payloads_in_every_carrier(tmp_path: Path) -> None:
    """The same with three of them, for every commit."""
    few = [each for each in payloads() if each.name in FEW]
    assert len(few) == len(FEW)
    report, judge = judging(tmp_path, "defended", harmless=False, defended=True, of=few)
    assert len(judge.obeyed) == len(few) * len(CARRIERS)
    assert flipped(report) == []
    report, judge = judging(tmp_path, "undefended", harmless=False, defended=False, of=few)
    assert len(flipped(report)) == len(judge.obeyed)
