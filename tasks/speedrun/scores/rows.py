"""The rows of a table in CSV, TSV, JSON lines or a JSON array, each with the place it stands at."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentkit.errors import BadFile, UsageError

DELIMITERS = {".csv": ",", ".tsv": "\t"}
FORMATS = (*DELIMITERS, ".jsonl", ".json")
SHOWN = 100
"""Characters of a row in an error."""


@dataclass(frozen=True)
class Row:
    """Texts by column; an empty text where there is nothing, a JSON null included."""

    cells: Mapping[str, str]
    place: str
    """`Line 7`, or `Item 3` of an array."""
    names_at: str
    """Where its column names stand: the first line of a CSV file, the row itself in JSON."""
    text: str


def read_rows(path: Path) -> list[Row]:
    """By the file's ending. Raises UsageError for another ending, BadFile with the line for a mistake."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(
            f"{path} is in no known format.",
            f"Expected: a file whose name ends with {', '.join(FORMATS)}",
            f"Found: '{ending}'" if ending else "Found: a name without an ending",
            "Next: save the table of runs in one of these formats",
        )
    text = read_text(path)
    if ending in DELIMITERS:
        rows = list(separated_rows(path, text, DELIMITERS[ending]))
    elif ending == ".jsonl":
        rows = list(lines_of_json(path, text))
    else:
        rows = list(items_of_json(path, text))
    if not rows:
        raise BadFile(
            path, "", "at least one run", "none", "Next: one row for each run, also for a failed one"
        )
    return rows


def read_text(path: Path) -> str:
    try:
        # Excel begins UTF-8 with a mark that would become part of the first column's name.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        found = error.strerror or str(error)
        raise BadFile(path, "", "a file that can be read", found, "Next: check the path") from error
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is no UTF-8"
        raise BadFile(path, "", "UTF-8 text", found, "Next: save the file as UTF-8") from error


def separated_rows(path: Path, text: str, delimiter: str) -> Iterator[Row]:
    """The first line that is not blank names the columns."""
    lines = text.splitlines()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    names_at = ""
    try:
        for cells in reader:
            place = f"Line {reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            line = lines[reader.line_num - 1] if reader.line_num <= len(lines) else ""
            if names is None:
                names, names_at = column_names(path, cells, place), place
                continue
            if len(cells) != len(names):
                raise BadFile(
                    path, "", f"{len(names)} cells, one for each column", str(len(cells)),
                    f"{place}: {line[:SHOWN]}", "Next: write an empty cell where there is no value",
                )  # fmt: skip
            values = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
            yield Row(values, place, names_at, line[:SHOWN])
    except csv.Error as error:
        next_step = "Next: check the quotation marks"
        raise BadFile(path, "", "CSV", f"{error} on line {reader.line_num}", next_step) from error


def column_names(path: Path, cells: list[str], place: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadFile(
            path, twice, "each column once", f"the column '{twice}' {names.count(twice)} times",
            f"{place}: {', '.join(names)[:SHOWN]}", "Next: take one of them out",
        )  # fmt: skip
    return names


def lines_of_json(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"Line {number}"
            yield row_of(path, parsed(path, line, place), place)


def items_of_json(path: Path, text: str) -> Iterator[Row]:
    items = parsed(path, text, "") if text.strip() else []
    if not isinstance(items, list):
        next_step = "Next: put the runs between [ and ], or one on each line of a .jsonl file"
        raise BadFile(path, "", "an array of runs", f"{type(items).__name__}", next_step)
    for number, item in enumerate(items, start=1):
        yield row_of(path, item, f"Item {number}")


def parsed(path: Path, text: str, place: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"{place}: {text.strip()[:SHOWN]}" if place else ""
        raise BadFile(path, "", "valid JSON", str(error), where, "Next: mend the JSON") from error
    return value


def row_of(path: Path, item: object, place: str) -> Row:
    text = json.dumps(item)[:SHOWN]
    if not isinstance(item, dict):
        next_step = 'Next: write each run as {"model": …, "start": …}'
        raise BadFile(path, "", "an object with a key for each column", text, f"{place}: {text}", next_step)
    cells = {}
    for name, value in item.items():
        if isinstance(value, bool | list | dict):
            expected, found = "a text, a number or null", json.dumps(value)[:SHOWN]
            raise BadFile(path, name, expected, found, f"{place}: {text}", "Next: write a single value")
        cells[name.strip()] = "" if value is None else str(value).strip()
    return Row(cells, place, place, text)
