"""A run's answer judged by its task's rubric: the run's last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.bar import Bar
from agentkit.contracts.model import Model
from agentkit.contracts.rubric import JudgeReport, Rubric
from agentkit.contracts.summary import Answer
from agentkit.contracts.task import Task
from agentkit.judge.evidence import Evidence
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.rubrics.amend import amended
from agentkit.judge.rubrics.read import read_rubric
from agentkit.runs.judging.judging import Judging, judge_on_record
from agentkit.runs.judging.on_record import JudgeOnRecord
from agentkit.runs.judging.place import JudgingPlace
from agentkit.sandboxes.remove import discard
from agentkit.sandboxes.workspace import SnapshotWorkspace, lay_out
from agentkit.search.context import RunContext

JUDGING = "judging"
"""Of a run's folder: the judge's calls and its report."""
PRODUCED = "produced"
"""Folder below an evaluation's logs for what the harness's own run of the work wrote."""


async def judge_answer(run: RunContext, judges: Sequence[Model], found: Answer) -> JudgeReport:
    """Raises BadFile for a rubric that cannot be read. No judge's fault is raised: it is in the report."""
    assert run.task.rubric is not None, "there is a rubric, or nothing to do"
    rubric = rubric_of(run.task, run.task.rubric)
    chosen = run.journal.state.tree.attempts[found.attempt]
    place = run.folder / "attempts" / chosen.id / "judged"
    lay_out(run.blobs, chosen.snapshot, place)
    workspace = SnapshotWorkspace(place, run.blobs)
    try:
        evidence = Evidence(
            folder=place,
            harness=produced(run.folder / "attempts" / chosen.id),
            figures=figures(found, run.journal.state.tree.attempts, run.task.bars),
            trust=found.trust,
            diff=workspace.diff(run.start, chosen.snapshot),
            sandbox=run.sandbox,
            environment=run.environment,
        )
        coder = run.models.get("coder")
        panel = [Judge(each.name, JudgeOnRecord(run, each)) for each in judges]
        settings = PanelSettings(candidate=coder.name if coder else "")
        judging = Judging(rubric, run.task.rubric, panel, settings, run.task.instructions)
        ledger = Ledger(run.folder / JUDGING)
        try:
            return await judge_on_record(judging, evidence, JudgingPlace(run.folder / JUDGING), ledger)
        finally:
            ledger.close()
    finally:
        discard(place)


def rubric_of(task: Task, path: Path) -> Rubric:
    """The task's own rubric with what the task adds to it; any other as it is. Raises BadFile."""
    rubric = read_rubric(path)
    if task.rubric is None or path != task.rubric:
        return rubric
    return amended(rubric, task.errata, task.leaf_kinds, f"the task {task.reference}")


def produced(attempt: Path) -> Path | None:
    """What the last evaluation of an attempt kept: on the answer's fresh seeds, else that of the search.

    None where its evaluator keeps nothing.
    """
    # These two places alone: elsewhere below an attempt a candidate may have named a folder so.
    places = (attempt / "measurements" / PRODUCED, attempt / "logs" / PRODUCED)
    return next((each for each in places if each.is_dir() and not each.is_symlink()), None)


def figures(found: Answer, attempts: Mapping[str, Attempt], bars: Sequence[Bar]) -> dict[str, float]:
    """What a rubric's `figure` checks may name. `loss_margin`: by how much the mean meets the bar `loss`."""
    tried = list(attempts.values())
    known = {
        **found.metrics,
        "attempts": float(len(tried)),
        "valid_attempts": float(sum(each.valid for each in tried)),
        "failed_attempts": float(sum(each.buggy for each in tried)),
        "flagged_attempts": float(sum(each.outcome.status == "flagged" for each in tried)),
        "repaired_attempts": float(
            sum(each.valid and any(attempts[parent].buggy for parent in each.parents) for each in tried)
        ),
        "measurements": float(found.measurements),
        "valid_measurements": float(found.valid_measurements),
    }
    for bar in bars:
        if (margin := bar.margin_of(found.metrics)) is not None:
            known[f"{bar.name}_margin"] = margin
    if found.fsr is not None:
        known["fsr"] = found.fsr
    if found.fsr_interval is not None:
        known["fsr_low"] = found.fsr_interval[0]
    return known
