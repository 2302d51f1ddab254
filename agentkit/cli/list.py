"""`agentkit list`: every name that can be used, its purpose, its file and what it shadows."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain

from agentkit.catalog import Catalog, Entry, Kind, open_catalog
from agentkit.catalog.entry import shown
from agentkit.errors import AgentkitError, UsageError

KIND_OF: Mapping[str, Kind] = {
    "tools": "tool",
    "scaffolds": "scaffold",
    "benchmarks": "benchmark",
    "plugins": "plugin",
}
SECTIONS = ("tools", "scaffolds", "tasks", "benchmarks", "plugins", "kits")


@dataclass(frozen=True)
class Row:
    """One line of a list, and what has to be said under it."""

    name: str
    purpose: str
    kit: str
    file: str
    shadows: tuple[str, ...] = ()
    broken: str = ""
    """Why it cannot be used; empty: nothing is known against it."""


@dataclass(frozen=True)
class TaskRow(Row):
    """A task's line."""

    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What this machine lacks for each; nothing: it can run in that one."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Profiles in which the task has no meaning on any machine, and why."""
    out_of_reach: bool = False
    """In every profile, for want of what another machine or a download has."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "section",
        nargs="?",
        choices=SECTIONS,
        metavar="KIND",
        help=f"one of {', '.join(SECTIONS)}; without it all but tasks, which imports nobody's code",
    )
    parser.add_argument("--benchmark", metavar="NAME", help="of the tasks, those of one benchmark")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with nothing cut")


def run(arguments: argparse.Namespace) -> int:
    catalog = open_catalog()
    wanted = [arguments.section] if arguments.section else [each for each in SECTIONS if each != "tasks"]
    if arguments.benchmark:
        if arguments.section != "tasks":
            raise UsageError("--benchmark is for tasks.", "Next: agentkit list tasks --benchmark NAME")
        one = catalog.find("benchmark", arguments.benchmark)
        tables: dict[str, list[Row]] = {"tasks": list(task_rows(catalog, one))}
    else:
        tables = {section: list(rows_of(catalog, section)) for section in wanted}
    if arguments.json:
        content = {section: [asdict(row) for row in rows] for section, rows in tables.items()}
        print(json.dumps({"version": 1, **content}, indent=2, ensure_ascii=False))
        return 0
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if not arguments.benchmark:
        tables = {section: [row for row in rows if is_near(row)] for section, rows in tables.items()}
    print("\n\n".join(table_text(section, rows, columns) for section, rows in tables.items()))
    if "tasks" in tables and not arguments.benchmark:
        print("\nNext: agentkit list tasks --benchmark NAME, for all of it, and what is missing here")
    if not arguments.section:
        print("\nNext: agentkit list tasks")
    return 0


def is_near(row: Row) -> bool:
    return not (isinstance(row, TaskRow) and row.out_of_reach)


def rows_of(catalog: Catalog, section: str) -> Iterator[Row]:
    if section == "kits":
        for kit in catalog.kits:
            yield Row(kit.name, f"imported as {kit.package}", kit.name, shown(kit.root), broken=kit.broken)
    elif section == "tasks":
        for entry in catalog.entries("benchmark"):
            yield from task_rows(catalog, entry)
    else:
        for entry in catalog.entries(KIND_OF[section]):
            yield entry_row(entry, entry.name)


def entry_row(entry: Entry, name: str, broken: str = "") -> Row:
    purpose = f"{entry.purpose} (adds `agentkit {entry.command}`)" if entry.command else entry.purpose
    shadows = tuple(shown(path) for path in entry.shadows)
    return Row(name, purpose, entry.kit.name, shown(entry.path), shadows, broken or entry.broken)


def task_rows(catalog: Catalog, benchmark: Entry) -> Iterator[Row]:
    """The tasks of one benchmark. Its adapter is a stranger's code: whatever it does, the list goes on."""
    # Imported here, because only this list needs what tasks are made of.
    from agentkit.evaluation.benchmarks import list_tasks

    try:
        entries = list_tasks(catalog, benchmark)
    except AgentkitError as error:
        yield entry_row(benchmark, f"{benchmark.name}/…", str(error))
        return
    except Exception as error:  # noqa: BLE001 - the plugin boundary: an adapter may raise anything
        yield entry_row(benchmark, f"{benchmark.name}/…", f"{type(error).__name__}: {error}")
        return
    for task in entries:
        folder = benchmark.path / task.name
        file = shown(folder if folder.is_dir() else benchmark.path)
        name = f"{benchmark.name}/{task.name}"
        yield TaskRow(
            name,
            task.purpose,
            benchmark.kit.name,
            file,
            broken=task.refused,
            profiles={each.name: each.lacks for each in task.profiles if not each.refused},
            refused={each.name: each.refused for each in task.profiles if each.refused},
            out_of_reach=task.out_of_reach,
        )


def table_text(title: str, rows: Sequence[Row], columns: int | None) -> str:
    """Columns of name, purpose, kit and file; the purpose is cut to what `columns` leaves (None: not)."""
    if not rows:
        return f"{title}\n  none"
    names = max(len(row.name) for row in rows)
    kits = max(len(row.kit) for row in rows)
    files = max(len(row.file) for row in rows)
    purposes = max(len(row.purpose) for row in rows)
    if columns is not None:
        purposes = min(purposes, max(20, columns - names - kits - files - 8))
    marks = marks_for(rows)
    lines = [title]
    for row in rows:
        purpose = row.purpose if len(row.purpose) <= purposes else row.purpose[: purposes - 1] + "…"
        line = f"  {row.name:<{names}}  {purpose:<{purposes}}  {row.kit:<{kits}}  {row.file}"
        lines.append(line.rstrip())
        lines += [f"      shadows {path}" for path in row.shadows]
        lines += [f"      {text}" for text in notes_of(row, marks)]
    if marks:
        lines += ["", "  what is lacking here:", *(f"  {mark:>5}  {what}" for what, mark in marks.items())]
    return "\n".join(lines)


def marks_for(rows: Sequence[Row]) -> dict[str, str]:
    """A number for each lack that several tasks share, the commonest first: told once, below the list."""
    lacks = Counter(
        lack
        for row in rows
        if isinstance(row, TaskRow) and tells_profiles(row)
        for lack in dict.fromkeys(chain.from_iterable(row.profiles.values()))
    )
    shared = [lack for lack, tasks in lacks.most_common() if tasks > 1]
    return {lack: f"[{number}]" for number, lack in enumerate(shared, start=1)}


def tells_profiles(row: TaskRow) -> bool:
    """A task that is refused everywhere has nothing to say of each profile."""
    return bool(row.profiles) and (row.out_of_reach or not row.broken)


def notes_of(row: Row, marks: Mapping[str, str]) -> Iterator[str]:
    if isinstance(row, TaskRow) and tells_profiles(row):
        yield profiles_text(row, marks)
        return
    first, *further = map(str.strip, row.broken.splitlines() or [""])
    if first:
        yield f"cannot be used: {first}"
    yield from (f"  {text}" for text in further)


def profiles_text(row: TaskRow, marks: Mapping[str, str]) -> str:
    """Those that can run here, then what is missing for the others."""
    here = [name for name, lacks in row.profiles.items() if not lacks]
    never = [f"{name}: {why}" for name, why in row.refused.items()]
    others = [
        f"{name} lacks {', '.join(marks.get(lack, lack) for lack in lacks)}"
        for name, lacks in row.profiles.items()
        if lacks
    ]
    first = f"runs here in {', '.join(here)}" if here else "cannot be used here"
    if not here:
        return f"{first}: {'; '.join([*never, *others])}"
    return "; ".join([first, *others])
