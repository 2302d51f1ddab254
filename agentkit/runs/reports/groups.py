"""Which runs are taken together, and in which order groups are shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agentkit.errors import UsageError
from agentkit.runs.curves.equal_budget import Group
from agentkit.runs.tables import grouping
from agentkit.runs.tables.columns import column, shown
from agentkit.runs.tables.comparison.sides import Side, keyed, paired_by
from agentkit.runs.tables.row import UNFINISHED, RunRow
from agentkit.statistics.score_table import Cells

USUAL = ("hints", "scaffold", "model", "notes")
"""What is compared where no sweep says it."""
AVERAGED = ("task", "profile", "seed")
"""Axes that a mean is over."""
AXIS = "axis."
NONE = "none"
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


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
    return {shown(value(row)) or NONE for row in rows}


def grouped(rows: Sequence[RunRow], by: Sequence[str]) -> dict[Group, list[RunRow]]:
    """In the order of their values: numbers as numbers, `none` before all. A run that has no value is there:
    by its name it could not be told apart."""
    found: dict[Group, list[RunRow]] = {}
    for group, members in grouping.grouped(rows, by).items():
        found.setdefault(tuple(value or NONE for value in group), []).extend(members)
    return {group: found[group] for group in sorted(found, key=lambda group: [*map(natural, group)])}


def natural(text: str) -> tuple[bool, list[tuple[int, float, str]]]:
    """A key by which `record2` is before `record12`, and 0.25 before 0.5."""
    parts = ["", text, ""] if NUMBER.fullmatch(text) else re.split(r"(\d+)", text)
    # Of digits, and not of what else `isdigit` counts as such.
    numbered = [(0, float(each), "") if place % 2 else (1, 0.0, each) for place, each in enumerate(parts)]
    return text not in ("", NONE), numbered


def name_of(group: Group) -> str:
    return " · ".join(value or NONE for value in group) or "all runs"


def scored(row: RunRow) -> float | None:
    """Its part in every mean; None is counted as missing."""
    return None if row.state in UNFINISHED else row.score


def paired_cells(first: Sequence[RunRow], second: Sequence[RunRow]) -> tuple[Cells, Cells] | None:
    """Those with a score, by task, seed and what else both groups vary in; a seed that was run again is a
    repetition of its own. None: one run would have several kinds of runs as its pair.
    """
    one, other = (Side("", [row for row in rows if scored(row) is not None]) for rows in (first, second))
    names = paired_by(one, other)
    try:
        ours, theirs = keyed(one, other, names), keyed(other, one, names)
    except UsageError:
        return None
    return {key: scored(row) for key, row in ours.items()}, {key: scored(row) for key, row in theirs.items()}


def by_task(rows: Iterable[RunRow]) -> Mapping[str, list[RunRow]]:
    found: dict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        found[row.task_name].append(row)
    return {task: found[task] for task in sorted(found, key=natural)}
