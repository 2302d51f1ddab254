"""Small gradings to calibrate with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agentkit.contracts.rubric import Criterion, JudgeReport, LeafKind, Rubric, Verdict, Vote
from agentkit.judge.calibration.pairs import Graded

Confidence = Literal["low", "medium", "high"]
Grades = Mapping[str, float | None]


def vote(judge: str, score: float | None, confidence: Confidence | None = None, sample: int = 0) -> Vote:
    return Vote(judge=judge, model=judge, score=score, confidence=confidence, sample=sample)


def verdict(
    leaf: str, score: float | None, *votes: Vote, kind: LeafKind | None = "code", weight: float = 0.1
) -> Verdict:
    status: Literal["ungraded", "passed", "failed", "partial"] = "partial"
    if score in (None, 0, 1):
        status = "ungraded" if score is None else "passed" if score else "failed"
    return Verdict(
        id=leaf, text=f"text of {leaf}", weight=weight, status=status, score=score, kind=kind, votes=votes
    )


def graded(name: str, *verdicts: Verdict, rubric: Rubric | None = None) -> Graded:
    report = JudgeReport(rubric="small", score=None, low=0, high=1, coverage=1, verdicts=verdicts)
    return Graded(name=name, report=report, rubric=rubric)


def small(name: str, grades: Grades, rubric: Rubric | None = None) -> Graded:
    return graded(name, *(verdict(leaf, score) for leaf, score in grades.items()), rubric=rubric)


def rubric_of(groups: Mapping[str, tuple[str, ...]]) -> Rubric:
    """A leaf below each group, and those of the group "" below the root."""
    criteria: list[Criterion] = []
    for group, leaves in groups.items():
        children = tuple(Criterion(id=leaf, text=f"text of {leaf}") for leaf in leaves)
        criteria += [Criterion(id=group, text="a group", children=children)] if group else children
    return Rubric(title="small", criteria=tuple(criteria))
