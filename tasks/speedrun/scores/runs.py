"""The table of runs that a score is made of: one row a run, with its FSR or its time and loss."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.errors import BadFile, nearest

from .rows import Row, read_rows

WHO = ("model", "scaffold", "hints", "start", "run")
GIVEN = ("fsr",)
TIMED = ("train_ms", "val_loss")


class Run(Record):
    """One run of a scaffold on a task: `fsr`, or `train_ms` with `val_loss`, as the table says."""

    model: str
    scaffold: str
    hints: str
    """As written: `1+2`, `none`; may be empty."""
    start: int
    """The record the task starts from."""
    run: str
    """What tells runs of one task apart: a number or a name."""
    fsr: float | None = None
    train_ms: float | None = None
    """None, as `fsr` None: the run had no valid attempt."""
    val_loss: float | None = None
    profile: str = ""
    """Where its time was measured, if the table has that column."""


class RunTable(Record):
    runs: tuple[Run, ...]
    timed: bool
    """Whether it gives times and losses in place of FSR."""


def read_runs(path: Path, starts: Mapping[int, str]) -> RunTable:
    """`starts`: the record numbers there are, each with why it is no task's start, or "" if it is one.

    Columns besides the known ones are passed over. Raises BadFile: file, line, what was expected and found.
    """
    rows = read_rows(path)
    timed = is_timed(path, rows)
    runs: dict[tuple[str, ...], tuple[Run, Row]] = {}
    for row in rows:
        run = read_run(RowReader(path, row), starts, timed)
        key = tuple(str(getattr(run, name)) for name in WHO)
        if key in runs:
            raise RowReader(path, row).mistake(
                "run", "each (model, scaffold, hints, start, run) once",
                f"the same as at {runs[key][1].place.lower()}",
                "give the second another value in the column run, or take it out",
            )  # fmt: skip
        runs[key] = run, row
    return RunTable(runs=tuple(run for run, _ in runs.values()), timed=timed)


def is_timed(path: Path, rows: Sequence[Row]) -> bool:
    """Whether all rows give times; every row must have the same columns as far as they matter here."""
    timed = "fsr" not in rows[0].cells and any(name in rows[0].cells for name in TIMED)
    for row in rows:
        check_columns(path, row, timed)
    return timed


def check_columns(path: Path, row: Row, timed: bool) -> None:
    wanted = (*WHO, *(TIMED if timed else GIVEN))
    shown = f"{', '.join(WHO)} and fsr, or train_ms and val_loss in place of fsr"
    for name in wanted:
        if name not in row.cells:
            near = nearest(name, row.cells, 1)
            raise BadFile(
                path, name, f"the columns {shown}", f"{', '.join(row.cells)}, without '{name}'",
                f"{row.names_at}: {row.text}" if row.names_at == row.place else f"{row.names_at} names them",
                f"Next: rename '{near[0]}'?" if near and near[0] not in wanted else f"Next: add '{name}'",
            )  # fmt: skip
    given = [name for name in (*GIVEN, *TIMED) if name in row.cells]
    if len(given) > len(wanted) - len(WHO):
        raise BadFile(
            path, given[0], "either fsr, or train_ms and val_loss", ", ".join(given),
            f"{row.names_at} names them", "Next: take out what shall not be used",
        )  # fmt: skip


def read_run(row: RowReader, starts: Mapping[int, str], timed: bool) -> Run:
    train_ms = row.number("train_ms", least=0) if timed else None
    return Run(
        model=row.text("model"),
        scaffold=row.text("scaffold"),
        hints=row.row.cells["hints"],
        start=row.start(starts),
        run=row.text("run"),
        fsr=None if timed else row.number("fsr"),
        train_ms=train_ms,
        val_loss=row.loss() if timed and train_ms is not None else None,
        profile=row.row.cells.get("profile", ""),
    )


class RowReader:
    """The cells of one row as what they should be; a mistake is told with its line."""

    def __init__(self, path: Path, row: Row) -> None:
        self.path = path
        self.row = row

    def text(self, column: str) -> str:
        value = self.row.cells[column]
        if not value:
            raise self.mistake(column, "a name", "an empty cell", "fill it in; it tells runs apart")
        return value

    def number(self, column: str, *, least: float = -math.inf) -> float | None:
        """None for an empty cell."""
        text = self.row.cells[column]
        if not text:
            return None
        value = finite(text)
        if value is None or value < least:
            expected = "a finite number" if least == -math.inf else f"a finite number of at least {least:g}"
            raise self.mistake(
                column, f"{expected}, or nothing", repr(text), "leave the cell empty if no attempt was valid"
            )
        return value

    def loss(self) -> float:
        value = self.number("val_loss")
        if value is None:
            expected = "the loss that goes with train_ms"
            next_step = "add it, or leave train_ms empty too if no attempt was valid"
            raise self.mistake("val_loss", expected, "an empty cell", next_step)
        return value

    def start(self, starts: Mapping[int, str]) -> int:
        text = self.row.cells["start"]
        known = {str(number): number for number, excluded in starts.items() if not excluded}
        if text in known:
            return known[text]
        reasons = {str(number): excluded for number, excluded in starts.items()}
        excluded = reasons.get(text, "")
        found = f"{text!r}, which is excluded: {excluded}" if excluded else repr(text) if text else "nothing"
        expected = f"the record a task starts from: {spans(known.values())}"
        raise self.mistake("start", expected, found, "mend the number, or take the row out")

    def mistake(self, column: str, expected: str, found: str, next_step: str) -> BadFile:
        place = f"{self.row.place}: {self.row.text}"
        return BadFile(self.path, column, expected, found, place, f"Next: {next_step}")


def finite(text: str) -> float | None:
    """None for what is no finite number; Python's own `1_000` is none here."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def spans(numbers: Collection[int]) -> str:
    """`1-5, 7-20`"""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
