"""Yardstick: both ends of a task that a run's scores are relative to, measured here or as published."""

from __future__ import annotations

import time

from agentkit.contracts.calibration import Calibration
from agentkit.contracts.task import Task
from agentkit.errors import UsageError
from agentkit.evaluation.folder_task import FILE
from agentkit.journal.log import Journal
from agentkit.runs.calibrate import calibrate
from agentkit.runs.plan import Plan
from agentkit.runs.summarise import reference_ends
from agentkit.settings import Settings


def refuse_unpublished(task: Task, settings: Settings) -> None:
    """Raises UsageError if scores are to be relative to published ends, and the task has none."""
    if settings.reference != "paper" or task.published is not None:
        return
    unit = f" ({task.metric.unit})" if task.metric.unit else ""
    facts = "; ".join(f"{name}: {text}" for name, text in task.facts.items())
    file = task.folder / FILE
    raise UsageError(
        f"{task.reference} has no published ends, which --reference paper would score against.",
        f"Wanted: a published start and target of its own figure, {task.metric.name}{unit}",
        "Found: none; " + ("both ends can be measured here" if task.solution else "no solution either"),
        f"Known, but of another figure or machine: {facts}" if facts else "",
        "Next: --reference machine" + ("" if task.solution else "; the score is then the bare figure"),
        f"Or, if they are published: a table [published] in {file}" if file.is_file() else "",
    )


async def set_yardstick(plan: Plan, journal: Journal) -> None:
    """A run is scored against one calibration, the one in its journal, even if a later one is made."""
    if journal.state.calibrated is not None:
        return
    measured = 0

    def count(_: Calibration) -> None:
        nonlocal measured
        measured += 1

    refuse_unpublished(plan.task, plan.settings)
    if plan.settings.reference == "paper":
        calibration = published_calibration(plan.task)
    elif plan.task.solution:
        calibration = await calibrate(
            plan.task, plan.sandbox, plan.settings.cache_folder, tell=journal.tell, keep=count
        )
    else:
        return
    ends = reference_ends(calibration, plan.task.metric)
    assert ends is not None, "both ends are known"
    journal.append(
        "calibrated",
        calibration=calibration.model_dump(mode="json"),
        start_mean=ends.start,
        target_mean=ends.target,
        pairs=ends.pairs,
        unit=ends.unit,
        measurable=ends.measurable,
        cached=measured == 0 and calibration.published is None,
    )


def published_calibration(task: Task) -> Calibration:
    """Of a task that has published ends."""
    assert task.published is not None, "refuse_unpublished() was called"
    return Calibration(
        task=task.reference,
        digest=task.digest,
        machine=task.published.hardware,
        metric=task.metric.name,
        pairs=(),
        created=time.time(),
        published=task.published,
    )


def say_ends(plan: Plan, journal: Journal) -> str:
    """Both ends in words, for the prompts; empty where the task has no reference."""
    if journal.state.calibrated is None:
        return ""
    calibration = Calibration.model_validate(journal.state.calibrated)
    ends = reference_ends(calibration, plan.task.metric)
    if ends is None:
        return ""
    start, target = (f"{value:.4g} {ends.unit}".rstrip() for value in (ends.start, ends.target))
    figures = f"the start files take {start} and the reference {target}"
    if calibration.published is not None:
        return (
            f"As published ({ends.source}, {ends.hardware}): {figures} ({ends.metric}). "
            "Your work is measured on this machine, and scored against these figures."
        )
    return f"Measured on this machine: {figures} ({ends.metric}, means over {ends.pairs} seeds)."
