"""Checks of a value in a JSON or CSV file, and the comparison that they share with figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from agentkit.judge.checks.arguments import Bounds, CsvArguments, JsonArguments, Scalar
from agentkit.judge.evidence import CandidateFault, Evidence, Finding, decide, one_line, read_text

JsonPath = str | tuple[str | int, ...]
CsvRow = int | dict[str, str | int | float]


async def check_json(asked: JsonArguments, evidence: Evidence) -> Finding:
    """What cannot be read or is not there is the work's own fault."""
    (value,) = json_values(evidence, asked.file, asked.path)
    return compare(value, asked, f"{asked.file}: {path_text(asked.path)}")


def json_values(
    evidence: Evidence, file: str, path: JsonPath, each: str | None = None, exact: bool = False
) -> list[Any]:
    """The value at a path, or where a step is `each`, those of every element. `exact`: numbers as Decimal."""
    text = read_text(evidence, file)
    try:
        whole = json.loads(text, parse_float=Decimal, parse_int=Decimal) if exact else json.loads(text)
    except (ValueError, RecursionError, ArithmeticError) as problem:
        raise CandidateFault(f"{file} is not JSON: {one_line(str(problem))}") from problem
    values = [whole]
    steps = path.split(".") if isinstance(path, str) else path
    for step in steps if path else ():
        if step == each:
            values = [inner for value in values for inner in _elements(value)]
        else:
            values = [_step(value, step, f"{file} has no {path_text(path)}") for value in values]
    return values


def _elements(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _step(value: Any, step: str | int, fault: str) -> Any:
    try:
        if isinstance(value, list):
            return value[int(step)]
        if isinstance(value, dict):
            return value[str(step)]
    except (KeyError, IndexError, ValueError):
        pass
    raise CandidateFault(f"{fault}: nothing at {str(step)!r}")


def path_text(path: JsonPath) -> str:
    return path if isinstance(path, str) else ".".join(str(step) for step in path)


async def check_csv(asked: CsvArguments, evidence: Evidence) -> Finding:
    line, cell = csv_cell(evidence, asked.file, asked.row, asked.column)
    return compare(_as_value(cell, asked), asked, f"{asked.file}:{line}: {asked.column}")


def csv_cell(evidence: Evidence, file: str, row: CsvRow, column: str) -> tuple[int, str]:
    """Line and text."""
    line, cells = _choose_row(csv_rows(evidence, file), file, row)
    return line, cell_of(cells, column, f"{file}:{line}")


def cell_of(cells: Mapping[str | Any, str | Any], column: str, place: str) -> str:
    cell = cells.get(column)
    if not isinstance(cell, str):
        raise CandidateFault(f"{place} has no column {column!r}")
    return cell


def csv_rows(evidence: Evidence, file: str) -> list[tuple[int, dict[str | Any, str | Any]]]:
    """With their lines. The header is the first line; a file that ends in .tsv is split at tabs."""
    text = read_text(evidence, file)
    reader = csv.DictReader(io.StringIO(text), delimiter="\t" if file.endswith(".tsv") else ",")
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise CandidateFault(f"{file} is not CSV: {problem}") from problem


def _choose_row(
    rows: list[tuple[int, dict[str | Any, str | Any]]], file: str, wanted: CsvRow
) -> tuple[int, dict[str | Any, str | Any]]:
    if isinstance(wanted, int):
        try:
            return rows[wanted]
        except IndexError:
            raise CandidateFault(f"{file} has {len(rows)} rows, no row {wanted}") from None
    found = [each for each in rows if _matches(each[1], wanted)]
    if len(found) != 1:
        said = ", ".join(f"{column} = {value}" for column, value in wanted.items())
        raise CandidateFault(f"{file} has {len(found)} rows with {said}, not one")
    return found[0]


def _matches(row: Mapping[str | Any, str | Any], wanted: Mapping[str, str | int | float]) -> bool:
    return all(_cell_is(row.get(column), value) for column, value in wanted.items())


def _cell_is(cell: object, wanted: str | int | float) -> bool:
    if not isinstance(cell, str):
        return False
    return cell.strip() == wanted.strip() if isinstance(wanted, str) else number_in(cell) == wanted


def _as_value(cell: str, asked: Bounds) -> Scalar:
    """A cell is text; it is read as a number where it is compared with one."""
    number = number_in(cell)
    return cell.strip() if number is None or isinstance(asked.equals, str) else number


def number_in(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def compare(value: object, asked: Bounds, label: str) -> Finding:
    """A value beside its bounds. What is no number, or NaN, is within none."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    ok = True
    if asked.at_least is not None:
        ok = ok and number is not None and number >= asked.at_least
    if asked.at_most is not None:
        ok = ok and number is not None and number <= asked.at_most
    if asked.equals is not None:
        ok = ok and _same(value, asked.equals)
    wanted = [
        f"{word} {bound}"
        for word, bound in (
            ("at least", asked.at_least),
            ("at most", asked.at_most),
            ("equal to", asked.equals),
        )
        if bound is not None
    ]
    return decide(ok, f"{label} = {one_line(str(value))}; asked: {' and '.join(wanted)}")


def _same(value: object, wanted: Scalar) -> bool:
    """1 equals 1.0, but true does not equal 1."""
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)
