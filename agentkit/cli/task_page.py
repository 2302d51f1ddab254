"""The page of a task: what it asks, with what, and exactly which hints an agent would be given."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.catalog.entry import shown
from agentkit.cli.dry_run import say_length
from agentkit.contracts.task import Task
from agentkit.errors import AgentkitError
from agentkit.evaluation.benchmarks import load_task
from agentkit.evaluation.locked import locked_part
from agentkit.project import start_folder
from agentkit.runs.hints import MOST_BYTES, Hints, in_order, read_hints, read_notes, read_whole
from agentkit.runs.simulated import has_known_edits
from agentkit.settings import Settings
from agentkit.settings_sources import resolve

NO_HINTS = "(none)"
"""What a prompt says where there are none."""
WIDTH = 110


def show_task(reference: str, flags: Mapping[str, Any], *, as_json: bool, full: bool) -> None:
    """The task; or, if `flags` ask for hints or notes, the text that a prompt would have of them."""
    settings = resolve(flags, os.environ, start_folder()).settings
    task = load_task(open_catalog(), reference, settings.profile)
    if flags.keys() & {"hints", "notes"}:
        show_hints(task, settings, as_json=as_json)
    elif as_json:
        print(json.dumps(task_facts(task), indent=2, ensure_ascii=False))
    else:
        print("\n".join([*page(task), *(["", task.instructions.rstrip()] if full else [])]))


def show_hints(task: Task, settings: Settings, *, as_json: bool) -> None:
    hints = hints_of(task, settings)
    if as_json:
        content = {"version": 1, "task": task.reference, **hints.told(), "text": hints.text}
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        print(hints.text or NO_HINTS)


def hints_of(task: Task, settings: Settings) -> Hints:
    """As a solve with these settings would read them."""
    return read_hints(task, settings, read_notes(settings.notes, os.environ))


def task_facts(task: Task) -> dict[str, Any]:
    """The same as the page, for programs."""
    locked = locked_part(task.files, task.editable)
    return {
        "version": 1,
        "task": task.reference,
        "title": task.title,
        "purpose": task.purpose,
        "folder": str(task.folder),
        "profile": task.profile,
        "metric": task.metric.model_dump(mode="json"),
        "files": [
            {"name": name, "bytes": path.stat().st_size, "editable": name not in locked}
            for name, path in task.files.items()
        ],
        "reference_solution": bool(task.solution),
        "published": task.published.model_dump(mode="json") if task.published else None,
        "rubric": str(task.rubric) if task.rubric else None,
        "transcripts": list(task.transcripts),
        "needs": sorted(task.needs),
        "hints": {level: {"file": str(task.hints[level])} for level in in_order(task.hints)},
        "hint_sources": {name: list(source.levels) for name, source in task.hint_sources.items()},
        "facts": dict(task.facts),
        "digest": task.digest,
        "instructions": task.instructions,
    }


def page(task: Task) -> Iterator[str]:
    direction = "lower" if task.metric.lower_is_better else "higher"
    unit = f" in {task.metric.unit}" if task.metric.unit else ""
    yield f"{task.reference}: {task.title}"
    yield task.purpose
    yield ""
    yield from labelled("folder", [shown(task.folder)])
    if task.profile:
        yield from labelled("profile", [task.profile])
    yield from labelled("metric", [f"{task.metric.name}{unit}, {direction} is better"])
    yield from labelled("files", file_lines(task))
    named = f"{task.reference} --profile {task.profile}" if task.profile else task.reference
    measured = f"yes; `agentkit calibrate {named}` measures both ends"
    yield from labelled("reference", [measured if task.solution else "none"])
    yield from labelled("published", [say_published(task)])
    yield from labelled("rubric", ["yes" if task.rubric else "none"])
    yield from labelled("transcripts", [f"scripted/{name}" for name in task.transcripts] or ["none"])
    if has_known_edits(task):
        yield from labelled("simulation", ["simulated/modest, and others (docs/simulated.md)"])
    yield from labelled("walls needed", [", ".join(sorted(task.needs)) or "none"])
    yield from labelled("instructions", [f"{say_length(task.instructions)}; --full prints them"])
    yield from labelled("hints", hint_lines(task))
    yield from labelled("facts", [f"{name}: {text}" for name, text in task.facts.items()] or ["none"])
    yield ""
    yield "Next:"
    if task.hints:
        levels = "+".join(in_order(task.hints)[-2:])
        yield f"  agentkit show {named} --hints {levels}   what an agent would be given"
    yield f"  agentkit solve {named} --dry-run   the plan of a solve, and its cost"


def say_published(task: Task) -> str:
    ends = task.published
    if ends is None:
        return "none"
    start, target = (f"{value:g} {task.metric.unit}".rstrip() for value in (ends.start, ends.target))
    return (
        f"start {start}, target {target} ({ends.source}, {ends.hardware}); "
        f"`agentkit solve {task.reference} --reference paper` scores against them"
    )


def file_lines(task: Task) -> list[str]:
    locked = locked_part(task.files, task.editable)
    return [
        f"{name}, {path.stat().st_size:,} bytes{', not to be changed' if name in locked else ''}"
        for name, path in task.files.items()
    ]


def hint_lines(task: Task) -> list[str]:
    lines = [f"{level}: {hint_length(task.hints[level])}" for level in in_order(task.hints)] or ["none"]
    for name, source in task.hint_sources.items():
        lines.append(f"--hint-source {name}: {', '.join(source.levels)} (read from --hint-folder)")
    return lines


def hint_length(path: Path) -> str:
    """A hint that cannot be read must not hide the rest of the page."""
    try:
        return say_length(read_whole(path, MOST_BYTES, "a hint"))
    except AgentkitError as error:
        return f"cannot be used: {error.message} {error.lines[1]}"


def labelled(name: str, lines: list[str]) -> Iterator[str]:
    """A name, and beside it lines that are not wider than a page."""
    rows = [row for line in lines for row in textwrap.wrap(line, WIDTH - 16, subsequent_indent="  ") or [""]]
    for index, row in enumerate(rows):
        yield f"  {name if index == 0 else '':<12}  {row}"
