"""`agentkit solve --dry-run`: the plan, every setting with its origin, and what it may take."""

from __future__ import annotations

import json

from agentkit.cli import sentences
from agentkit.cli.scale import say_scale, scale_of
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.task import Task
from agentkit.runs.calibrate import FEWEST_PAIRS, calibration_path, read_calibration
from agentkit.runs.hints import Hints
from agentkit.runs.plan import Plan
from agentkit.runs.summarise import reference_ends
from agentkit.runs.yardstick import published_calibration


def describe_plan(plan: Plan, *, as_json: bool) -> str:
    settings = plan.settings.model_dump(mode="json")
    origins = plan.resolved.origins
    published = say_published(plan)
    attempts = [cap for cap in (plan.settings.attempts, plan.scaffold.attempts) if cap is not None]
    if as_json:
        return json.dumps(
            {
                "task": plan.task.reference,
                "profile": plan.task.profile,
                "scaffold": plan.settings.scaffold,
                "model": plan.model,
                "sandbox": plan.sandbox.name,
                "hints": plan.hints.told(),
                "settings": {name: {"value": settings[name], "from": origins[name]} for name in settings},
                "published": published,
                "estimate": estimate(plan, attempts),
                "notes": list(plan.notes),
            }
        )
    width = max(len(name) for name in settings)
    lines = [
        f"{plan.task.reference}: {plan.task.title}",
        f"  scaffold {plan.settings.scaffold}, model {plan.model}, sandbox {plan.sandbox.name}",
        f"  hints {say_hints(plan.hints)}",
        f"  at most {min(attempts)} attempts" if attempts else "  no cap on attempts",
        *([f"  the scale goes {published}"] if published else []),
        *(f"  {note}" for note in plan.notes),
        "",
        "Settings, and where each came from:",
        *(f"  {name:<{width}}  {show(settings[name])}  ({origins[name]})" for name in settings),
        "",
        estimate(plan, attempts),
        "Nothing was run.",
    ]
    return "\n".join(lines)


def say_hints(hints: Hints) -> str:
    """Which, and how much of every prompt that plans they take."""
    words = sentences.say_hints(hints.levels, hints.source, [part.name for part in hints.notes])
    return f"{words}, {say_length(hints.text)}" if hints.parts else words


def say_length(text: str) -> str:
    """Tokens as a rule of thumb, four bytes each: a model's own count differs."""
    return f"{len(text.split()):,} words, about {-(-len(text.encode()) // 4):,} tokens"


def show(value: object) -> str:
    return "none" if value is None else json.dumps(value) if not isinstance(value, str) else value


def estimate(plan: Plan, attempts: list[int]) -> str:
    """Training time only, from this machine's own calibration; a model's time and price are not known."""
    known = known_calibration(plan)
    ends = reference_ends(known, plan.task.metric) if known else None
    if ends is None and plan.settings.reference == "paper":
        return "Estimate: none, as nothing is measured first: the ends are taken as published."
    if ends is not None and ends.unit != "s":
        return f"Estimate: none, as {ends.metric} is no time ({ends.pairs} pairs are measured already)."
    if ends is None:
        how = f"agentkit calibrate {plan.task.reference}"
        what = f"{FEWEST_PAIRS} pairs are measured first" if plan.task.solution else "it has no reference"
        return f"Estimate: none, as this task was not calibrated on this machine ({what}; {how})."
    count = min(attempts) if attempts else 1
    runs = count + plan.settings.measurements
    return (
        f"Estimate: up to {runs * ends.start / 60:.1f} minutes of training "
        f"({count} attempts and {plan.settings.measurements} measurements of at most {ends.start:.0f} s), "
        "and the model's own time and price."
    )


def say_published(plan: Plan) -> str:
    """The scale of a run that is scored against published ends; empty for one that is not."""
    if plan.settings.reference != "paper":
        return ""
    ends = reference_ends(published_calibration(plan.task), plan.task.metric)
    return say_scale(scale_of(ends)) if ends is not None else ""


def known_calibration(plan: Plan) -> Calibration | None:
    task: Task = plan.task
    return read_calibration(calibration_path(task, plan.sandbox, plan.settings.cache_folder))
