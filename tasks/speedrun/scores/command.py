"""`agentkit speedrun fsr FILE`: from a table of runs to a score for each model, scaffold and hints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.errors import UsageError

from .cells import Cell
from .ours import OurCell, score_ours
from .paper2025 import PaperCell, score_paper2025
from .reference import PAPER, Ends, paper_ends, read_ends, refuse_inverted, refuse_paper, task_starts, tasks
from .runs import RunTable, read_runs, spans

OURS, PAPER2025 = "ours", "paper2025"
FOOT = {
    OURS: (
        "Mean over tasks of the mean over runs, raw; clipped: each run to [0, 1] first. "
        "A run without a valid attempt is 0.",
        "Interval: 95 %, from the noise of runs within tasks. IQM: over runs. Loss at most 3.28.",
    ),
    PAPER2025: (
        "Rules of the released analysis: best 3 runs of a task, above 3 is 0, starts 6 and 20 left out.",
        "± is the spread of three rank means / √tasks, which is no error of seeds.",
    ),
}


def run_fsr(file: str, rules: str, reference: str | None, as_json: bool) -> int:
    """Prints the cells; `rules` is `ours` or `paper2025`, `reference` None: paper, where it is needed."""
    path = Path(file)
    table = read_runs(path, task_starts())
    refuse_horizons(path, table)
    ends = choose_ends(path, table, rules, reference)
    score = score_ours if rules == OURS else score_paper2025
    cells = score(table.runs, ends, tasks())
    if as_json:
        print(json.dumps({"rules": rules, "cells": [cell.model_dump(mode="json") for cell in cells]}))
    else:
        print(shown(cells, rules))
    return 0


def refuse_horizons(path: Path, table: RunTable) -> None:
    """Raises UsageError where runs with a part of the steps, as in `gpu1@0.1`, would mix with others."""
    profiles = sorted({run.profile for run in table.runs})
    parts = [profile for profile in profiles if "@" in profile]
    if parts and table.timed:
        raise UsageError(
            f"{path} has times at a horizon ({parts[0]}), which were to reach another loss than 3.28.",
            "Expected: the column fsr for them, as in the summary.json of each run",
            "Next: give fsr in place of train_ms and val_loss",
        )
    if parts and len(profiles) > 1:
        raise UsageError(
            f"{path} mixes runs at a horizon ({parts[0]}) with others, which are other tasks.",
            f"Found: the profiles {', '.join(profile or 'not named' for profile in profiles)}",
            "Next: a table for each profile",
        )


def choose_ends(path: Path, table: RunTable, rules: str, reference: str | None) -> Mapping[int, Ends] | None:
    """None where the table gives FSR, which needs none. Raises UsageError, BadFile."""
    if not table.timed:
        if reference is not None:
            raise UsageError(
                f"{path} gives fsr, so --reference {reference} has nothing to change.",
                "Expected: the columns train_ms and val_loss, from which FSR is made with a reference",
                "Found: the column fsr, which is relative to a reference already",
                "Next: leave --reference out, or give times in place of fsr",
            )
        return None
    if reference is None or reference == PAPER:
        for run in table.runs:
            refuse_paper(run.profile)
        return paper_ends()
    ends = read_ends(Path(reference), table.runs)
    if rules == OURS:
        refuse_inverted(Path(reference), ends)
    return ends


def shown(cells: Sequence[Cell], rules: str) -> str:
    """A table for people: three decimals; --json has all of them."""
    heads = ["model", "scaffold", "hints", "mean", "interval", "clipped", "iqm", "runs", "tasks", "missing"]
    if rules == PAPER2025:
        heads[4:6] = ["±"]
    rows = [heads, *(line(cell) for cell in cells)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    notes = [f"{cell.model} {cell.scaffold} {cell.hints}: {note}" for cell in cells for note in cell.notes]
    return "\n".join([*(each.rstrip() for each in lines), "", *notes, *([""] if notes else []), *FOOT[rules]])


def line(cell: Cell) -> list[str]:
    """One cell's texts, in the order of the heads."""
    middle: list[str] = []
    if isinstance(cell, OurCell):
        middle = [interval(cell.interval), figure(cell.mean_clipped)]
    elif isinstance(cell, PaperCell):
        middle = [figure(cell.plus_minus)]
    return [
        cell.model, cell.scaffold, cell.hints or "-", figure(cell.mean), *middle, figure(cell.iqm),
        str(cell.n), str(cell.tasks), spans(cell.missing) or "none",
    ]  # fmt: skip


def interval(ends: tuple[float, float] | None) -> str:
    return "not known" if ends is None else f"{figure(ends[0])} … {figure(ends[1])}"


def figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
