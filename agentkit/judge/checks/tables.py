"""Checks of a value in a JSON or CSV file, and the comparison that they share with figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from agentkit.judge.checks.arguments import Bounds, CsvArguments, JsonArguments, Scalar
from agentkit.judge.evidence import CandidateFault, Evidence, Finding, decide, one_line, read_text


async def check_json(asked: JsonArguments, evidence: Evidence) -> Finding:
    """What cannot be read or is not there is the work's own fault."""
    text = read_text(evidence.folder, asked.file)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise CandidateFault(f"{asked.file} is not JSON: {one_line(str(problem))}") from problem
    steps = asked.path.split(".") if isinstance(asked.path, str) else asked.path
    for step in steps if asked.path else ():
        value = _step(value, step, asked)
    return compare(value, asked, f"{asked.file}: {_path_text(asked)}")


def _step(value: Any, step: str | int, asked: JsonArguments) -> Any:
    try:
        if isinstance(value, list):
            return value[int(step)]
        if isinstance(value, dict):
            return value[str(step)]
    except (KeyError, IndexError, ValueError):
        pass
    raise CandidateFault(f"{asked.file} has no {_path_text(asked)}: nothing at {str(step)!r}")


def _path_text(asked: JsonArguments) -> str:
    return asked.path if isinstance(asked.path, str) else ".".join(str(step) for step in asked.path)


async def check_csv(asked: CsvArguments, evidence: Evidence) -> Finding:
    """The header is the first line; a file that ends in .tsv is split at tabs."""
    text = read_text(evidence.folder, asked.file)
    reader = csv.DictReader(io.StringIO(text), delimiter="\t" if asked.file.endswith(".tsv") else ",")
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise CandidateFault(f"{asked.file} is not CSV: {problem}") from problem
    line, row = _choose_row(rows, asked)
    cell = row.get(asked.column)
    if not isinstance(cell, str):
        raise CandidateFault(f"{asked.file}:{line} has no column {asked.column!r}")
    return compare(_as_value(cell, asked), asked, f"{asked.file}:{line}: {asked.column}")


def _choose_row(
    rows: list[tuple[int, dict[str | Any, str | Any]]], asked: CsvArguments
) -> tuple[int, dict[str | Any, str | Any]]:
    if isinstance(asked.row, int):
        try:
            return rows[asked.row]
        except IndexError:
            raise CandidateFault(f"{asked.file} has {len(rows)} rows, no row {asked.row}") from None
    found = [each for each in rows if _matches(each[1], asked.row)]
    if len(found) != 1:
        wanted = ", ".join(f"{column} = {value}" for column, value in asked.row.items())
        raise CandidateFault(f"{asked.file} has {len(found)} rows with {wanted}, not one")
    return found[0]


def _matches(row: Mapping[str | Any, str | Any], wanted: Mapping[str, str | int | float]) -> bool:
    return all(_cell_is(row.get(column), value) for column, value in wanted.items())


def _cell_is(cell: object, wanted: str | int | float) -> bool:
    if not isinstance(cell, str):
        return False
    return cell.strip() == wanted.strip() if isinstance(wanted, str) else _number(cell) == wanted


def _as_value(cell: str, asked: Bounds) -> Scalar:
    """A cell is text; it is read as a number where it is compared with one."""
    number = _number(cell)
    return cell.strip() if number is None or isinstance(asked.equals, str) else number


def _number(cell: str) -> float | None:
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
