"""Tables as files: CSV without anything, Parquet with duckdb."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, get_args

from agentkit.errors import MissingRequirement, RunProblem, UsageError
from agentkit.runs.folder import write_whole
from agentkit.runs.tables.columns import PLAIN, Value, column, column_names, is_number, shown
from agentkit.runs.tables.row import RunRow

FORMATS = (".csv", ".parquet")
KINDS: Mapping[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE"}
INSTALL = "Next: pip install 'agentkit-research[table]', which brings duckdb; or write .csv"


def write_table(rows: Sequence[RunRow], file: Path) -> None:
    """By the ending of its name. Raises UsageError, RunProblem, MissingRequirement."""
    ending = file.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(
            f"A table is not written as {file.name}.",
            f"Expected: a name that ends with {' or '.join(FORMATS)}",
            f"Found: '{ending}'" if ending else "Found: a name without an ending",
        )
    try:
        if ending == ".csv":
            write_whole(file, as_csv(rows))
        else:
            write_parquet(rows, file)
    except OSError as error:
        raise RunProblem(f"{file} cannot be written: {error.strerror or error}.") from error


def cells(rows: Sequence[RunRow]) -> Mapping[str, list[Any]]:
    """Every column with a value for each row; None: the row has none.

    What a row has of its own stands under its own name, and an axis of that name under `axis.` alone.
    """
    names = column_names(rows)
    values: dict[str, Value] = {
        name: attrgetter(name) if name in PLAIN else column(name, rows) for name in names
    }
    return {name: [values[name](row) for row in rows] for name in names}


def as_csv(rows: Sequence[RunRow]) -> str:
    """One line a run, and one of names before them. Numbers at full precision; empty: not known."""
    table = cells(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*(map(exact, column) for column in table.values()), strict=True))
    return text.getvalue()


def exact(value: Any) -> str:
    return repr(value) if isinstance(value, float) else shown(value)


def write_parquet(rows: Sequence[RunRow], file: Path) -> None:
    """Columns of numbers, truths or text; what is not known is null.

    Raises MissingRequirement, RunProblem, OSError.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingRequirement(
            "Parquet is written with duckdb, which is not installed.", INSTALL
        ) from error
    table = cells(rows)
    kinds = {name: kind_of(name, values) for name, values in table.items()}
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as lines:
            written = [list(map(CASTS[kinds[name]], values)) for name, values in table.items()]
            for row in zip(*written, strict=True):
                lines.write(json.dumps(dict(zip(table, row, strict=True))) + "\n")
            lines.flush()
            with duckdb.connect() as database:
                columns = ", ".join(f"{quoted(name)}: '{kind}'" for name, kind in kinds.items())
                database.execute(
                    f"COPY (SELECT * FROM read_json({literal(lines.name)}, format='newline_delimited', "
                    f"columns={{{columns}}})) TO {literal(str(draft))} (FORMAT parquet)"
                )
        draft.replace(file)
    except duckdb.Error as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise RunProblem(f"{file} cannot be written: {why}") from error
    finally:
        draft.unlink(missing_ok=True)


def kind_of(name: str, values: Sequence[Any]) -> str:
    """The type of SQL: by the column where every table has it, else the narrowest that holds all values."""
    if name in RunRow.model_fields:
        annotation = RunRow.model_fields[name].annotation
        parts = get_args(annotation) or (annotation,)
        return next((sql for kind, sql in KINDS.items() if kind in parts), "VARCHAR")
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "BOOLEAN"
    if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return "BIGINT"
    if known and all(map(is_number, known)):
        return "DOUBLE"
    return "VARCHAR"


CASTS: Mapping[str, Callable[[Any], Any]] = {
    "BOOLEAN": lambda value: value,
    "BIGINT": lambda value: value,
    "DOUBLE": lambda value: value,
    "VARCHAR": lambda value: None if value is None else shown(value),
}


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


literal = quoted
