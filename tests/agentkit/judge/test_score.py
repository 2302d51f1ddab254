from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.errors import RunProblem
from agentkit.judge.evidence import Finding
from agentkit.judge.score import Evidence, judge

RUBRIC = Rubric(
    title="three leaves",
    criteria=(
        Criterion(id="report", text="A report.", weight=2, check={"kind": "file", "file": "report.md"}),
        Criterion(id="speed", text="Fast.", check={"kind": "figure", "name": "fsr", "at_least": 0.5}),
        Criterion(id="clear", text="The report is clear."),
    ),
)


def test_checks_decide_and_what_has_none_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("what we did")
    report = asyncio.run(judge(RUBRIC, Evidence(folder=tmp_path, figures={"fsr": 0.2})))
    assert [(each.id, each.status, each.score) for each in report.verdicts] == [
        ("report", "passed", 1.0),
        ("speed", "failed", 0.0),
        ("clear", "ungraded", None),
    ]
    assert report.score == pytest.approx(2 / 3)
    assert (report.low, report.high, report.coverage) == (0.5, 0.75, 0.75)


def test_a_check_that_cannot_be_made_does_not_stop_the_others(tmp_path: Path) -> None:
    report = asyncio.run(judge(RUBRIC, Evidence(folder=tmp_path)))
    assert [each.status for each in report.verdicts] == ["failed", "error", "ungraded"]
    assert report.score == 0.0
    assert (report.low, report.high) == (0.0, 0.5)


class Half:
    """A grader that knows one mark, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], Path]] = []

    async def grade(
        self, rubric: Rubric, leaves: Sequence[Criterion], evidence: Evidence
    ) -> Mapping[str, Finding]:
        self.asked.append(([leaf.id for leaf in leaves], evidence.folder))
        return {leaf.id: Finding("partial", "half clear", 0.5, method="panel") for leaf in leaves}


def test_a_grader_is_asked_about_leaves_without_a_check_only(tmp_path: Path) -> None:
    half = Half()
    report = asyncio.run(judge(RUBRIC, Evidence(folder=tmp_path, figures={"fsr": 0.9}), half))
    assert half.asked == [(["clear"], tmp_path)]
    assert report.score == 0.375
    assert [each.method for each in report.verdicts] == ["check", "check", "panel"]
    assert report.verdicts[2].evidence == "half clear"


def test_a_grader_is_not_asked_where_checks_decide_all(tmp_path: Path) -> None:
    half = Half()
    checked = RUBRIC.model_copy(update={"criteria": RUBRIC.criteria[:2]})
    asyncio.run(judge(checked, Evidence(folder=tmp_path, figures={"fsr": 0.9}), half))
    assert half.asked == []


def test_no_snapshot_is_no_failure_of_the_work(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="nothing to judge"):
        asyncio.run(judge(RUBRIC, Evidence(folder=tmp_path / "none")))


GATED = Rubric(
    title="gated",
    criteria=(
        Criterion(
            id="ran",
            text="It ran.",
            gate={"kind": "file", "file": "reproduce.sh"},
            children=(
                Criterion(id="log", text="A log.", check={"kind": "file", "file": "log.txt"}),
                Criterion(id="read", text="The log reads well."),
            ),
        ),
        Criterion(id="after", text="It is explained.", requires=("report",)),
        Criterion(id="report", text="A report.", check={"kind": "file", "file": "report.md"}),
    ),
)


def test_gates_come_before_checks_and_both_before_the_grader(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("a log that nothing wrote")
    half = Half()
    report = asyncio.run(judge(GATED, Evidence(folder=tmp_path), half))
    assert half.asked == []
    assert [(each.id, each.status, each.method) for each in report.verdicts] == [
        ("log", "failed", "gate"),
        ("read", "failed", "gate"),
        ("after", "failed", "gate"),
        ("report", "failed", "check"),
    ]
    assert report.score == report.high == 0.0


def test_an_open_gate_leaves_the_leaves_to_themselves(tmp_path: Path) -> None:
    for name in ("reproduce.sh", "report.md"):
        (tmp_path / name).write_text("x")
    half = Half()
    report = asyncio.run(judge(GATED, Evidence(folder=tmp_path), half))
    assert [ids for ids, _ in half.asked] == [["read", "after"]]
    assert [(each.id, each.status) for each in report.verdicts] == [
        ("log", "failed"), ("read", "partial"), ("after", "partial"), ("report", "passed"),
    ]  # fmt: skip


def test_a_leaf_whose_requirement_nobody_graded_is_open(tmp_path: Path) -> None:
    check = {"kind": "file", "file": "report.md"}
    (tmp_path / "report.md").write_text("x")
    asked = Rubric(
        title="t",
        criteria=(
            Criterion(id="report", text="A report.", requires=("clear",), check=check),
            Criterion(id="clear", text="It is clear."),
        ),
    )
    report = asyncio.run(judge(asked, Evidence(folder=tmp_path)))
    assert [(each.status, each.score) for each in report.verdicts] == [("ungraded", None)] * 2
    assert (report.low, report.high) == (0.0, 1.0)
