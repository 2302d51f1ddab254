"""JudgeEval's published results, as the counts behind them.

People's grades of 2,693 leaves and five judges' verdicts on them; only tables of macro-averaged figures were
published (openai/frontier-evals, project/paperbench/experiments/judge_eval/tables, MIT). These are the only
whole numbers that give them.
"""

from __future__ import annotations

from agentkit.contracts.rubric import Criterion, JudgeReport, LeafKind, Rubric, Verdict
from agentkit.judge.calibration.pairs import Graded

Counts = tuple[int, int, int, int]
"""True positives, false positives, false negatives, true negatives."""
LEAVES: dict[LeafKind, tuple[int, int]] = {"code": (402, 114), "execution": (770, 1330), "result": (17, 60)}
"""Passed and failed by people."""
JUDGES: dict[str, dict[LeafKind, Counts]] = {
    "gpt-4o-mini-2024-07-18": {
        "code": (205, 8, 197, 106),
        "execution": (203, 208, 567, 1122),
        "result": (10, 4, 7, 56),
    },
    "gpt-4o-2024-08-06": {
        "code": (277, 19, 125, 95),
        "execution": (431, 210, 339, 1120),
        "result": (10, 1, 7, 59),
    },
    "o1-mini-2024-09-12_high": {
        "code": (283, 27, 119, 87),
        "execution": (216, 13, 287, 1249),
        "result": (9, 1, 8, 59),
    },
    "o3-mini-2025-01-31_high": {
        "code": (347, 47, 55, 67),
        "execution": (663, 253, 107, 1077),
        "result": (16, 2, 1, 58),
    },
    "o1-2024-12-17_high": {
        "code": (336, 35, 66, 79),
        "execution": (623, 166, 147, 1164),
        "result": (12, 1, 5, 59),
    },
}


def people() -> Graded:
    return Graded(
        name="people",
        report=_report({kind: [1.0] * passed + [0.0] * failed for kind, (passed, failed) in LEAVES.items()}),
        rubric=Rubric(title="JudgeEval", criteria=_criteria()),
    )


def judged_by(name: str) -> Graded:
    """What is missing of a kind's counts has no verdict: o1-mini's 335 leaves."""
    scores: dict[LeafKind, list[float | None]] = {}
    for kind, (tp, fp, fn, tn) in JUDGES[name].items():
        passed, failed = LEAVES[kind]
        scores[kind] = [1.0] * tp + [0.0] * fn + [None] * (passed - tp - fn)
        scores[kind] += [1.0] * fp + [0.0] * tn + [None] * (failed - fp - tn)
    return Graded(name=name, report=_report(scores))


def _report(scores: dict[LeafKind, list[float]] | dict[LeafKind, list[float | None]]) -> JudgeReport:
    verdicts = tuple(
        Verdict(
            id=f"{kind}.{number}",
            text=f"leaf {number}",
            weight=1 / 2693,
            kind=kind,
            status="error" if score is None else "passed" if score else "failed",
            score=score,
        )
        for kind, each in scores.items()
        for number, score in enumerate(each)
    )
    return JudgeReport(rubric="JudgeEval", score=None, low=0, high=1, coverage=1, verdicts=verdicts)


def _criteria() -> tuple[Criterion, ...]:
    """Every tenth leaf below the same parent: which they really are was not published in this form."""
    return tuple(
        Criterion(
            id=f"{kind} group {group}",
            text="a group",
            children=tuple(
                Criterion(id=f"{kind}.{number}", text=f"leaf {number}", kind=kind)
                for number in range(group, sum(LEAVES[kind]), 10)
            ),
        )
        for kind in LEAVES
        for group in range(10)
    )
