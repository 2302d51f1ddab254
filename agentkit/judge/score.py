"""Judge a snapshot of the work by a rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric
from agentkit.errors import RunProblem
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence, Finding, ungraded
from agentkit.judge.tally import leaves, tally

__all__ = ["Evidence", "Grader", "judge"]


class Grader(Protocol):
    """Decides the leaves that no check can decide: a panel of models, a person."""

    async def grade(
        self, rubric: Rubric, leaves: Sequence[Criterion], evidence: Evidence
    ) -> Mapping[str, Finding]:
        """By leaf id. A leaf that is left out stays ungraded."""


class Nobody:
    """The grader where there is none: such leaves count in the bounds and not in the score."""

    async def grade(
        self, rubric: Rubric, leaves: Sequence[Criterion], evidence: Evidence
    ) -> Mapping[str, Finding]:
        return {leaf.id: ungraded("has no deterministic check") for leaf in leaves}


NOBODY = Nobody()


async def judge(rubric: Rubric, evidence: Evidence, grader: Grader = NOBODY) -> JudgeReport:
    """Leaves with a check are decided by it alone; the grader is asked about the others, all at once."""
    if not evidence.folder.is_dir():
        # Otherwise every file would be "not there", and the work would be blamed for it.
        raise RunProblem(
            f"There is nothing to judge by rubric '{rubric.title}'.",
            "Expected: a folder that holds the snapshot of the work",
            f"Found: no folder at {evidence.folder}",
        )
    findings: dict[str, Finding] = {}
    for leaf in leaves(rubric):
        if leaf.check is not None:
            findings[leaf.id] = await run_check(leaf.check, evidence)
    undecided = [leaf for leaf in leaves(rubric) if leaf.check is None]
    if undecided:
        findings.update(await grader.grade(rubric, undecided, evidence))
    return tally(rubric, findings)
