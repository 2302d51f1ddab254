"""`agentkit speedrun horizon TASK --profile gpu1@0.1`: measure what a task has to reach at a horizon."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.cli.views import choose_view
from agentkit.contracts.events import Event
from agentkit.contracts.task import Task
from agentkit.errors import MissingRequirement, UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.project import start_folder
from agentkit.runs.boundary import guarded_observer, redactor_for
from agentkit.runs.solve import run_to_end
from agentkit.sandboxes.choose import choose_sandbox
from agentkit.settings import default_cache
from agentkit.settings_sources import resolve

from .evaluator import OriginalEvaluator
from .horizon import MARK
from .horizon_measuring import measure_target
from .horizon_target import WHAT


def run_horizon(reference: str, flags: Mapping[str, Any], pairs: int, as_json: bool) -> int:
    """Says what came out; what is known already is measured again only after its file was deleted."""
    import time

    settings = resolve(flags, os.environ, start_folder()).settings

    def load() -> Task:
        return load_task(open_catalog(), reference, settings.profile)

    task = load()
    evaluator = task.evaluator
    if MARK not in task.profile or not isinstance(evaluator, OriginalEvaluator):
        raise UsageError(
            f"The profile '{task.profile}' is the whole task, whose target is known.",
            f"Next: --profile gpu1{MARK}0.1",
        )
    refuse_all_but_target(task)
    known = task.facts["target loss"]
    if not any(each.what == WHAT for each in evaluator.lacks()):
        print(json.dumps({"target_loss": task.bars[0].limit}) if as_json else f"Known: {known}")
        return 0
    sandbox = choose_sandbox(settings.sandbox, trusted=True, docker_image=settings.docker_image)
    view = choose_view(json=as_json, stderr_is_terminal=sys.stderr.isatty(), quiet=False)
    show = guarded_observer(view, redactor_for(settings))

    def tell(kind: str, attempt: str = "", **data: object) -> None:
        show(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    with view:
        found = run_to_end(
            measure_target(
                load,
                sandbox,
                settings.cache_folder,
                place=default_cache(),
                runs=evaluator.rules.runs,
                pairs=pairs,
                tell=tell,
            )
        )
    if as_json:
        print(found.model_dump_json())
    else:
        print(f"{task.reference} in profile {task.profile}: target loss {found.told}")
        print(f"Next: agentkit solve {task.reference} --profile {task.profile}")
    return 0


def refuse_all_but_target(task: Task) -> None:
    lacks = [each for each in task.evaluator.lacks() if each.what != WHAT]
    if lacks:
        raise MissingRequirement(
            f"This machine cannot run {task.reference}: {lacks[0].what}.",
            *(f"Also missing: {lack.what}" for lack in lacks[1:]),
            *(f"Next: {lack.fix}" for lack in lacks),
        )
