"""Which runs are taken together, and in which order groups are shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agentkit.runs.curves.equal_budget import Group
from agentkit.runs.tables import grouping
from agentkit.runs.tables.columns import column, shown
from agentkit.runs.tables.row import UNFINISHED, RunRow
from agentkit.statistics.score_table import Cells

USUAL = ("hints", "scaffold", "model", "notes")
"""What is compared where no sweep says it."""
AVERAGED = ("task", "profile", "seed")
"""Axes that a mean is over."""
AXIS = "axis."


def chosen_columns(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The sweep's axes that differ between runs, but none that means are over; else the usual columns."""
    axes = axes_of_all(rows)
    usual = [f"{AXIS}{name}" if name in axes else name for name in USUAL if name in axes or not axes]
    others = [f"{AXIS}{name}" for name in axes if name not in (*USUAL, *AVERAGED)]
    return tuple(name for name in [*usual, *others] if len(values_of(rows, name)) > 1)


def named_columns(names: Sequence[str], rows: Sequence[RunRow]) -> tuple[str, ...]:
    """As one types them; a sweep's axis goes before a column of its name, since it tells more values apart.

    Raises UnknownName.
    """
    axes = axes_of_all(rows)
    found = tuple(f"{AXIS}{name}" if name in axes else name for name in names)
    for name in found:
        column(name, rows)
    return found


def axes_of_all(rows: Sequence[RunRow]) -> list[str]:
    """Those that every row has a value on."""
    return [name for name in (rows[0].labels if rows else {}) if all(name in row.labels for row in rows)]


def heading(name: str) -> str:
    return name.removeprefix(AXIS)


def values_of(rows: Sequence[RunRow], name: str) -> set[str]:
    value = column(name, rows)
    return {shown(value(row)) for row in rows}


def grouped(rows: Sequence[RunRow], by: Sequence[str]) -> dict[Group, list[RunRow]]:
    """In the order of their values: numbers as numbers, `none` before all."""
    found = grouping.grouped(rows, by)
    return {group: found[group] for group in sorted(found, key=lambda group: [*map(natural, group)])}


def natural(text: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """A key by which `record2` is before `record12`."""
    parts = re.split(r"(\d+)", text)
    # Of digits, and not of what else `isdigit` counts as such.
    numbered = [(0, int(each), "") if place % 2 else (1, 0, each) for place, each in enumerate(parts)]
    return text not in ("", "none"), numbered


def name_of(group: Group) -> str:
    return " · ".join(value or "none" for value in group) or "all runs"


def scored(row: RunRow) -> float | None:
    """Its part in every mean; None is counted as missing."""
    return None if row.state in UNFINISHED else row.score


def cells_of(rows: Iterable[RunRow]) -> Cells:
    """By task and seed; a seed that was run again is a repetition of its own."""
    cells: dict[tuple[str, tuple[int | None, int]], float | None] = {}
    times: dict[tuple[str, int | None], int] = defaultdict(int)
    for row in rows:
        place = row.task_name, row.seed
        cells[row.task_name, (row.seed, times[place])] = scored(row)
        times[place] += 1
    return cells


def by_task(rows: Iterable[RunRow]) -> Mapping[str, list[RunRow]]:
    found: dict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        found[row.task_name].append(row)
    return {task: found[task] for task in sorted(found, key=natural)}
