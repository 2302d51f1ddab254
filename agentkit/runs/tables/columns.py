"""Columns: what can be asked of a row, by name. A setting, a cap or an axis of a sweep is a column too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentkit.errors import UnknownName
from agentkit.runs.tables.row import UNFINISHED, RunRow

Value = Callable[[RunRow], Any]
TABLES = {"axis": "labels", "cap": "caps", "settings": "settings"}
"""Prefix of a column's name to the field of a row that holds such columns."""
PLAIN = tuple(name for name in RunRow.model_fields if name not in TABLES.values())
ORDERLESS = ("hints", "notes")
"""`paper+text` is what `text+paper` is."""
NUMBERS = tuple(
    name for name in PLAIN if RunRow.model_fields[name].annotation in (int, float, int | None, float | None)
)

OF_ANSWER = ("score_low", "score_high", "value", "loss", "judge_score")
"""Of the best so far, also where a run did not finish: a row shows it, and no mean counts it."""
SPENT = ("attempts", "valid_attempts", "tokens", "dollars", "minutes", "gpu_seconds")
"""Known of every run that was begun, and counted, however it ended."""


def column_names(rows: Sequence[RunRow]) -> list[str]:
    """All that any of the rows has."""
    return [*PLAIN, *(f"{prefix}.{name}" for prefix in TABLES for name in entry_names(rows, prefix))]


def entry_names(rows: Sequence[RunRow], prefix: str) -> list[str]:
    # Most rows hold the same table of settings, often the very same object.
    seen: dict[tuple[str, ...], None] = {}
    for row in rows:
        seen[tuple(getattr(row, TABLES[prefix]))] = None
    return list(dict.fromkeys(name for names in seen for name in names))


def column(name: str, rows: Sequence[RunRow]) -> Value:
    """How to read it: a sweep's axis as labelled, else the row's own column, else a setting or cap.

    Raises UnknownName.
    """
    if any(name in row.labels for row in rows):
        own = (lambda row: getattr(row, name)) if name in PLAIN else (lambda row: None)
        return lambda row: row.labels[name] if name in row.labels else own(row)
    if name in PLAIN:
        return lambda row: getattr(row, name)
    names = column_names(rows)
    full = name if name in names else next((each for each in names if each.partition(".")[2] == name), "")
    if not full:
        raise UnknownName("column", name, names, next_step="agentkit table --columns")
    prefix, _, entry = full.partition(".")
    field = TABLES[prefix]
    return lambda row: getattr(row, field).get(entry)


def numeric_column(name: str, rows: Sequence[RunRow]) -> Callable[[RunRow], float | None]:
    """For means: what a run that did not finish has in OF_ANSWER is no figure of it.

    Raises UnknownName for a column that holds no numbers.
    """
    if name in OF_ANSWER:
        return lambda row: None if row.state in UNFINISHED else getattr(row, name)
    value: Value = (lambda row: getattr(row, name)) if name in NUMBERS else column(name, rows)
    if name not in NUMBERS and not any(is_number(value(row)) for row in rows):
        raise UnknownName("column of numbers", name, NUMBERS)
    return lambda row: float(each) if is_number(each := value(row)) else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """As it is written in a cell and in a filter."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "+".join(map(shown, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def configuration(row: RunRow) -> Mapping[str, str]:
    """Everything that was chosen for a run but its task and its seed."""
    told = {name: shown(getattr(row, name)) for name in ("scaffold", "model", "hints", "notes", "sandbox")}
    told |= {f"cap.{name}": shown(value) for name, value in row.caps.items()}
    return told | {f"settings.{name}": shown(value) for name, value in row.settings.items()}
