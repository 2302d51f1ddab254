"""Scores of one configuration by task and seed, with cells that are missing said to be so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agentkit.statistics.ratio import Array

Cells = Mapping[tuple[str, Any], float | None]
"""By (task, seed or repetition). None: the run was planned and gave no score."""


@dataclass(frozen=True)
class ScoreTable:
    """`values` is tasks × repetitions, NaN where a cell is missing; no task is without a value."""

    tasks: tuple[str, ...]
    values: Array
    missing: int
    """Cells that were planned and have no score, those of `empty` tasks among them."""
    empty: tuple[str, ...] = ()
    """Tasks that were planned and have no score at all: no figure can count them."""

    @property
    def cells(self) -> int:
        return int((~np.isnan(self.values)).sum())


def score_table(cells: Cells) -> ScoreTable:
    """In the order of the cells; what is None or NaN is missing. ValueError for an infinite score.

    A seed that some tasks have and others were never planned with is not missing there.
    """
    planned: dict[str, list[float]] = {}
    missing = 0
    for (task, _), score in cells.items():
        row = planned.setdefault(task, [])
        if score is None or np.isnan(score):
            missing += 1
        elif np.isinf(score):
            raise ValueError(f"the score of task '{task}' is {score!r}; a run without one is None")
        else:
            row.append(float(score))
    rows = {task: row for task, row in planned.items() if row}
    empty = tuple(task for task, row in planned.items() if not row)
    return ScoreTable(tuple(rows), _padded(list(rows.values())), missing, empty)


@dataclass(frozen=True)
class PairedTable:
    """First minus second, on the cells that both have."""

    differences: ScoreTable
    only_first: int
    """Cells with a score in the first alone."""
    only_second: int


def paired_table(first: Cells, second: Cells) -> PairedTable:
    """What one has and the other lacks is counted, and in `differences` it is missing."""
    here, there = _scored(first), _scored(second)
    both = {
        cell: here[cell] - there[cell] if cell in here and cell in there else None
        for cell in dict.fromkeys([*first, *second])
    }
    return PairedTable(score_table(both), len(here.keys() - there.keys()), len(there.keys() - here.keys()))


def _scored(cells: Cells) -> dict[tuple[str, Any], float]:
    return {cell: score for cell, score in cells.items() if score is not None and not np.isnan(score)}


def _padded(rows: Sequence[Sequence[float]]) -> Array:
    values = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for place, row in enumerate(rows):
        values[place, : len(row)] = row
    return values
