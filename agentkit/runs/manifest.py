"""The manifest of a run, `run.json`: everything it was told, and where each value came from."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from agentkit.runs.boundary import redactor_for
from agentkit.runs.machine import describe_machine, git_state, versions
from agentkit.runs.model_choice import ROLES, model_names
from agentkit.runs.plan import Plan
from agentkit.runs.simulated import is_simulated
from agentkit.search.prompt import digests

SCHEMA = 1


def manifest(plan: Plan) -> dict[str, Any]:
    """JSON values only. Names of keys, never keys."""
    task, settings = plan.task, plan.settings
    told = {
        "schema": SCHEMA,
        "created": time.time(),
        "task": task.reference,
        "task_address": plan.address,
        "task_folder": str(task.folder),
        "task_digest": task.digest,
        "task_facts": dict(task.facts),
        "profile": task.profile,
        "metric": task.metric.model_dump(mode="json"),
        "scaffold": settings.scaffold,
        "scaffold_file": str(plan.scaffold_file),
        "scaffold_digest": file_digest(plan.scaffold_file),
        "model": plan.model,
        "models": dict(zip(ROLES, model_names(plan.model, settings), strict=True)),
        "simulated": is_simulated(plan.models),
        "hints": list(plan.hints.levels),
        "hint_text": plan.hints.told(),
        "seed": settings.seed,
        "sandbox": plan.sandbox.name,
        "budget": settings.budget.model_dump(mode="json"),
        "settings": settings.model_dump(mode="json"),
        "origins": dict(plan.resolved.origins),
        "prompts": digests(),
        "versions": versions(),
        "machine": describe_machine(),
        "git": git_state(task.folder),
        "project": str(plan.project),
    }
    return dict(redactor_for(settings).value(told))


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
