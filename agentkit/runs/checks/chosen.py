"""Which tasks of a benchmark are checked: all of them, or those that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.catalog import Catalog, Entry, open_catalog
from agentkit.catalog.reference import is_path, split_name
from agentkit.contracts.task import Task, TaskEntry
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName, UsageError
from agentkit.evaluation.benchmarks import list_tasks, load_task
from agentkit.runs.plan import Plan, make_plan


@dataclass(frozen=True)
class Chosen:
    """One task of a benchmark, and how to name it from here."""

    reference: str
    """`speedrun/record12`, for people."""
    address: str
    """By which it is found, also where the benchmark is in no kit."""
    entry: TaskEntry


def whole_benchmark(catalog: Catalog, reference: str) -> Entry | None:
    """The benchmark that `speedrun`, `tasks/speedrun` or a path to its folder means; None: it means a task,
    or nothing that is there."""
    name, task = split_name(reference)
    entry = None if is_path(reference) else catalog.named_benchmark(name)
    if entry is None:
        entry, task = catalog.benchmark_at(reference) or (None, task)
    return None if task else entry


def choose_tasks(
    catalog: Catalog, benchmark: Entry, reference: str, only: Sequence[str], profile: str = ""
) -> list[Chosen]:
    """In the benchmark's own order: those of `only`; else all that are for this profile and this machine.

    Raises UnknownName for a name in `only` that is none of its tasks.
    """
    entries = {each.name: each for each in list_tasks(catalog, benchmark)}
    names = [each.removeprefix(f"{benchmark.name}/") for each in only]
    for name in names:
        if name not in entries:
            raise UnknownName("task", f"{benchmark.name}/{name}", entries, next_step="agentkit list tasks")
    prefix = str(benchmark.path) if is_path(reference) else benchmark.name
    return [
        Chosen(f"{benchmark.name}/{name}", f"{prefix}/{name}", entry)
        for name, entry in entries.items()
        if name in names or (not names and belongs(entry, profile))
    ]


def belongs(entry: TaskEntry, profile: str) -> bool:
    """With a profile: it is one of the task's, be it refused. Without: not what is out of reach here."""
    sizes = {each.name: each for each in entry.profiles}
    if profile in ("", "auto") or not sizes:
        return not entry.out_of_reach or any(each.refused for each in sizes.values())
    # A part of a size belongs to whom the size does: `gpu1@0.1`.
    return any(profile == name or profile.startswith(f"{name}@") for name in sizes)


def open_task(
    chosen: Chosen, flags: Mapping[str, Any], project: Path | None = None
) -> tuple[Plan, Task] | AgentkitError:
    """The plan, and the task loaded a second time; or why there is none.

    Raises UnknownName for what the user mistyped, such as a profile.
    """
    try:
        # No model is asked: what runs is shipped with the task.
        plan = make_plan(chosen.address, {**flags, "scaffold": "oracle"}, project=project)
        again = load_task(open_catalog(plan.project), chosen.address, plan.settings.profile)
    except UnknownName:
        raise
    except AgentkitError as error:
        return error
    return plan, again


def is_refusal(chosen: Chosen, error: AgentkitError) -> bool:
    """Whether the benchmark itself says that a task is not for solving; a mistake in its files is none."""
    said = chosen.entry.refused or any(each.refused for each in chosen.entry.profiles)
    kinds = (UsageError, MissingRequirement) if chosen.entry.out_of_reach else (UsageError,)
    return bool(said) and isinstance(error, kinds)
