"""Estimate: what the runs of a sweep may take, from runs that are over and from calibrations."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from agentkit.contracts.sweep import RunSpec
from agentkit.runs.sweeps.check import Facts

MOST_READ = 300
"""Earlier runs, the newest; more would say little and take long to read."""


class Past(NamedTuple):
    """A run that is over."""

    task: str
    scaffold: str
    model: str
    minutes: float
    dollars: float | None
    """None: a price was not known."""


class Estimate(NamedTuple):
    """Of cells that are still to be done. Sums leave out what is not known, and say of how many that is."""

    runs: int
    minutes: float
    """Of work; with several workers the wall clock shows less."""
    minutes_unknown: int
    dollars: float
    dollars_unknown: int
    from_past: int
    """How many of the times are those of earlier runs; the others are the training alone, by calibration."""


def estimate(cells: Sequence[Facts | None], past: Sequence[Past]) -> Estimate:
    """None: nothing is known of the cell, so its time and its price are not."""
    minutes = [minutes_of(cell, past) for cell in cells]
    dollars = [dollars_of(cell, past) for cell in cells]
    return Estimate(
        runs=len(cells),
        minutes=sum(each for each, _ in minutes if each is not None),
        minutes_unknown=sum(each is None for each, _ in minutes),
        dollars=sum(each for each in dollars if each is not None),
        dollars_unknown=sum(each is None for each in dollars),
        from_past=sum(is_past for _, is_past in minutes),
    )


def minutes_of(cell: Facts | None, past: Sequence[Past]) -> tuple[float | None, bool]:
    """The median of the most alike earlier runs, and whether there were any; else what training takes."""
    if cell is None:
        return None, False
    for alike in (same_run, same_search):
        found = [each.minutes for each in past if alike(cell, each)]
        if found:
            return statistics.median(found), True
    if cell.start_seconds is None:
        return None, False
    return ((cell.attempts or 1) + cell.measurements) * cell.start_seconds / 60, False


def dollars_of(cell: Facts | None, past: Sequence[Past]) -> float | None:
    if cell is None:
        return None
    if not cell.live:
        return 0.0
    for alike in (same_run, same_model):
        found = [each.dollars for each in past if alike(cell, each) and each.dollars is not None]
        if found:
            return statistics.median(found)
    return None


def same_run(cell: Facts, other: Past) -> bool:
    return (cell.task, cell.scaffold, cell.model) == (other.task, other.scaffold, other.model)


def same_search(cell: Facts, other: Past) -> bool:
    return (cell.task, cell.scaffold) == (other.task, other.scaffold)


def same_model(cell: Facts, other: Past) -> bool:
    return (cell.scaffold, cell.model) == (other.scaffold, other.model)


def spread(specs: Iterable[RunSpec], tried: Sequence[tuple[RunSpec, Facts | None]]) -> list[Facts | None]:
    """Facts of every cell: those of the most alike one that was tried, the first of several. None: that one
    has no plan to tell them, as this machine lacks something for it."""
    known: dict[tuple[tuple[str, str], ...], Facts | None] = {}

    def nearest_to(spec: RunSpec) -> Facts | None:
        labels = {axis: label for axis, label in spec.labels.items() if axis != "seed"}
        key = (("", spec.task), *sorted(labels.items()))
        if key not in known:
            known[key] = max(tried, key=lambda each: likeness(spec, each[0]))[1]
        return known[key]

    return [nearest_to(spec) for spec in specs]


def likeness(one: RunSpec, other: RunSpec) -> tuple[bool, int]:
    """The same task first, then as many equal values as can be."""
    return one.task == other.task, sum(other.labels.get(axis) == label for axis, label in one.labels.items())


def read_past(folders: Iterable[Path]) -> list[Past]:
    """Of run folders that ended, the newest; what cannot be read is left out."""
    newest = sorted(folders, key=lambda folder: folder.name, reverse=True)[:MOST_READ]
    return [found for folder in newest if (found := past_of(folder)) is not None]


def past_of(folder: Path) -> Past | None:
    try:
        told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        if told["state"] != "ended":
            return None
        use = told["budget"]
        return Past(told["task"], told["scaffold"], told["model"], float(use["minutes"]), use["dollars"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
