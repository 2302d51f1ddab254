"""Judge a snapshot of the work by a rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric
from agentkit.errors import RunProblem
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence, Finding, ungraded
from agentkit.judge.prerequisites import apply_gates, apply_requirements, carry_failures, gates_of, undecided
from agentkit.judge.tally import tally

__all__ = ["Evidence", "Grader", "decide", "judge"]


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


async def decide(rubric: Rubric, evidence: Evidence) -> dict[str, Finding]:
    """What programs find: gates first, then checks, then what fails by what it requires. By leaf id.

    Raises RunProblem where there is no work at all.
    """
    if not evidence.folder.is_dir():
        # Otherwise every file would be "not there", and the work would be blamed for it.
        raise RunProblem(
            f"There is nothing to judge by rubric '{rubric.title}'.",
            "Expected: a folder that holds the snapshot of the work",
            f"Found: no folder at {evidence.folder}",
        )
    findings = apply_gates([(gate, await run_check(gate.check, evidence)) for gate in gates_of(rubric)])
    for leaf in undecided(rubric, findings):
        if leaf.check is not None:
            findings[leaf.id] = await run_check(leaf.check, evidence)
    return carry_failures(rubric, findings)


async def judge(
    rubric: Rubric,
    evidence: Evidence,
    grader: Grader = NOBODY,
    decided: Mapping[str, Finding] | None = None,
) -> JudgeReport:
    """Programs decide what they can; the grader is asked about the other leaves, all at once.

    `decided`: what programs have found already.
    """
    findings = await decide(rubric, evidence) if decided is None else dict(decided)
    # A leaf that has failed by what it requires needs no grader, who has to be paid.
    if open_leaves := undecided(rubric, findings):
        findings.update(await grader.grade(rubric, open_leaves, evidence))
    return tally(rubric, apply_requirements(rubric, findings))
