"""What a run wrote about its plans, beside what the harness found: nothing in it can raise."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agentkit.contracts.record import Record

from .levels import Weighed

MOST_ROWS = 5000
RIGHT, BROKEN = 1e-9, 1e-6
"""Largest error that a right plan may show, and the least that a broken one must."""
Table = Mapping[str, Mapping[str, Weighed]]


class Checked(Record):
    """An entry of `correctness.json`."""

    graph: str
    level: str
    error: float
    broken: float


def ablation_right(table: Table, data: bytes | None) -> float:
    """The share of plans without a fault whose row in `ablation.csv` has the harness's figures."""
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    try:
        reader = csv.DictReader(io.StringIO((data or b"").decode("utf-8", errors="replace")), restval="")
        for number, row in enumerate(reader):
            if number < MOST_ROWS:
                rows.setdefault((str(row.get("graph")).strip(), str(row.get("level")).strip()), row)
    except csv.Error:
        return 0.0
    good = [
        not each.fault and row_is(rows.get((graph, level), {}), each)
        for graph, levels in table.items()
        for level, each in levels.items()
    ]
    return sum(good) / len(good)


def row_is(row: Mapping[str, Any], weighed: Weighed) -> bool:
    cost = weighed.cost
    wanted = {
        "kernels": cost.kernels,
        "syncs": cost.syncs,
        "bytes": cost.bytes,
        "microseconds": cost.microseconds,
    }
    try:
        return all(math.isclose(float(row[name]), value, rel_tol=1e-4) for name, value in wanted.items())
    except (KeyError, ValueError, TypeError):
        return False


def correctness_right(table: Table, written: Any | None) -> float:
    """The share of plans without a fault of which the run says that they are right, and that its own test
    noticed when one was broken."""
    try:
        checked = TypeAdapter(list[Checked]).validate_python(written)
    except (ValidationError, RecursionError):
        return 0.0
    said = {(each.graph, each.level): each for each in checked[:MOST_ROWS]}
    good = [
        not each.fault and (graph, level) in said and convinces(said[graph, level])
        for graph, levels in table.items()
        for level, each in levels.items()
    ]
    return sum(good) / len(good)


def convinces(checked: Checked) -> bool:
    return 0 <= checked.error <= RIGHT and checked.broken >= BROKEN
