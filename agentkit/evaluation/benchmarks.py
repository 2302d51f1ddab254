"""Benchmarks: which tasks there are, and loading one by its reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from agentkit.catalog import Catalog, Entry
from agentkit.catalog.entry import shown
from agentkit.catalog.load import place_of
from agentkit.contracts.task import Task, TaskEntry
from agentkit.errors import AgentkitError, BrokenPlugin, UnknownName, UsageError
from agentkit.evaluation.folder_task import folder_entries, load_folder_task

Value = TypeVar("Value")
AUTO = "auto"


def list_tasks(catalog: Catalog, benchmark: Entry) -> Sequence[TaskEntry]:
    """By the adapter, which is imported for it; without one, every folder with a task.toml."""
    if benchmark.source is None:
        return folder_entries(benchmark.path)
    adapter = catalog.load_benchmark(benchmark)
    return call(benchmark, "entries()", lambda: list(adapter.entries()))


def load_task(catalog: Catalog, reference: str, profile: str = AUTO) -> Task:
    """Raises UnknownName with the nearest names, UsageError for a task or profile that is refused,
    BrokenPlugin for an adapter that fails, BadFile for a mistake in a task.toml."""
    benchmark, name = catalog.find_benchmark(reference)
    full = f"{benchmark.name}/{name}"
    entries = {each.name: each for each in list_tasks(catalog, benchmark)}
    if name not in entries:
        known = [f"{benchmark.name}/{each}" for each in entries]
        raise UnknownName("task", full, known, [shown(benchmark.path)], "agentkit list tasks")
    if benchmark.source is None:
        if profile not in (AUTO, ""):
            raise UsageError(
                f"{full} has no profiles, so there is no profile '{profile}'.", "Next: leave --profile out"
            )
        return load_folder_task(benchmark.path / name, full)
    entry = entries[name]
    # What is out of reach here can still be looked at, and its evaluator knows what to type to get it.
    if (refused := entry.refused_in(profile)) and not (entry.out_of_reach and profile in (AUTO, "")):
        raise UsageError(f"{full} cannot be solved: {refused}", "Next: agentkit list tasks")
    adapter = catalog.load_benchmark(benchmark)
    return call(benchmark, f"load('{name}', '{profile}')", lambda: adapter.load(name, profile))


def call(benchmark: Entry, what: str, function: Callable[[], Value]) -> Value:
    """Somebody's adapter: what it raises on purpose rises, everything else is its fault and says so."""
    try:
        return function()
    except AgentkitError:
        raise
    except Exception as error:
        raise BrokenPlugin(
            f"{shown(benchmark.path / 'adapter.py')} failed at {what}: {type(error).__name__}: {error}",
            f"At: {place_of(error, benchmark.kit) or shown(benchmark.path)}",
        ) from error
