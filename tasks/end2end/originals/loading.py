"""A real task, put together from the user's checkout and what is ours: page, budget, errata, evaluator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.task import Metric, ProfileEntry, Task, TaskEntry
from agentkit.errors import MissingRequirement
from agentkit.evaluation import harness_folders
from agentkit.evaluation.locked import digest_all
from agentkit.judge.rubrics.read import read_rubric
from agentkit.sandboxes.gpus.devices import find_devices
from agentkit.settings import default_cache

from ..examining import PRODUCED
from . import submission
from .checkout import Checkout, OriginalTask, find_task, read_originals
from .submission import METRIC, SCRIPT, SubmissionEvaluator

HERE = Path(__file__).resolve().parent
START = HERE / "files" / SCRIPT
PAGE = HERE / "page.md"
PROFILE = "gpu"


def original_names() -> Sequence[str]:
    return tuple(read_originals().tasks)


def original_entry(name: str) -> TaskEntry:
    """For a list: says what this machine lacks."""
    table = read_originals().tasks[name]
    lacks = []
    try:
        find_task(name, os.environ, default_cache())
    except MissingRequirement:
        lacks.append("a checkout of End2End-Bench's task examples")
    if not find_devices():
        lacks.append("a GPU")
    refused = f"this machine lacks {' and '.join(lacks)}" if lacks else ""
    profile = ProfileEntry(name=PROFILE, lacks=tuple(lacks))
    return TaskEntry(name=name, purpose=table.purpose, refused=refused, profiles=(profile,))


def load_original(reference: str, name: str, cache: Path | None = None) -> Task:
    """Raises MissingRequirement where there is no checkout, BadFile for a text that is none."""
    table = read_originals().tasks[name]
    checkout = find_task(name, os.environ, cache or default_cache())
    instructions = checkout.instructions()
    rubric = rubric_of(table, checkout)
    read_rubric(rubric)  # one that cannot be read is refused now, and not after a day on a GPU
    parts: dict[str, str | Path] = {
        "page": PAGE,
        "start": START,
        "deliverables": repr(sorted(table.deliverables)),
        "text": instructions,
        "code": Path(submission.__file__),
    }
    return Task(
        reference=reference,
        title=table.title,
        purpose=table.purpose,
        instructions=fill(table) + instructions,
        files={SCRIPT: START},
        metric=Metric(name=METRIC),
        evaluator=SubmissionEvaluator(
            table.deliverables,
            table.reproduce_seconds,
            (checkout.root, *harness_folders.harness_folders(HERE.parents[1])),
        ),
        folder=HERE,
        rubric=rubric,
        errata=table.errata,
        leaf_kinds={} if table.rubric else table.kinds,
        facts={
            "budget": f"{table.gpu_hours:g} GPU-hours",
            "budget in the task's text": table.stated,
            "reference": table.gold,
            "rubric": "ours, derived from the task's text" if table.rubric else "the authors'",
            "kept of the harness's run": f"logs/{PRODUCED}",
        },
        digest=digest_all(parts),
    )


def rubric_of(table: OriginalTask, checkout: Checkout) -> Path:
    """The authors', and ours only where they have none."""
    if checkout.rubric.is_file() or not table.rubric:
        return checkout.rubric
    return HERE / table.rubric


def fill(table: OriginalTask) -> str:
    text = PAGE.read_text(encoding="utf-8")
    values = {
        "title": table.title,
        "gpu_hours": f"{table.gpu_hours:g}",
        "stated": table.stated,
        "gold": table.gold,
        "reproduce_hours": f"{table.reproduce_seconds / 3600:g}",
        "deliverables": "\n".join(f"  - `{glob}`: {what}" for glob, what in table.deliverables.items()),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
