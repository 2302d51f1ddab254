"""Judge a snapshot of the work by a rubric."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric
from agentkit.errors import RunProblem
from agentkit.judge.checks import run_check
from agentkit.judge.evidence import Evidence, Finding, ungraded
from agentkit.judge.tally import leaves, tally

__all__ = ["Evidence", "Grader", "judge", "leave_ungraded"]

Grader = Callable[[Criterion, Evidence], Awaitable[Finding]]
"""Grades a leaf that no check can decide: a panel of models, a person."""


async def leave_ungraded(leaf: Criterion, evidence: Evidence) -> Finding:
    """The grader where there is none: the leaf counts in the bounds and not in the score."""
    return ungraded("has no deterministic check")


async def judge(rubric: Rubric, evidence: Evidence, *, grade: Grader = leave_ungraded) -> JudgeReport:
    """Leaves with a check are decided by it alone; `grade` is asked about the others, in written order."""
    if not evidence.folder.is_dir():
        # Otherwise every file would be "not there", and the work would be blamed for it.
        raise RunProblem(
            f"There is nothing to judge by rubric '{rubric.title}'.",
            "Expected: a folder that holds the snapshot of the work",
            f"Found: no folder at {evidence.folder}",
        )
    findings: dict[str, Finding] = {}
    for leaf in leaves(rubric):
        if leaf.check is None:
            findings[leaf.id] = await grade(leaf, evidence)
        else:
            findings[leaf.id] = await run_check(leaf.check, evidence)
    return tally(rubric, findings)
