"""A cell: what one model reached with one scaffold and one choice of hints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from agentkit.contracts.record import Record

from .runs import Run, spans


class Cell(Record):
    """A score with what it rests on. None: there is nothing to say it from."""

    model: str
    scaffold: str
    hints: str
    mean: float | None
    interval: tuple[float, float] | None
    iqm: float | None
    n: int
    """Runs of the tasks that are counted."""
    tasks: int
    """Tasks that `mean` is a mean over."""
    missing: tuple[int, ...]
    """Starts of the tasks that should be counted and have no run."""
    notes: tuple[str, ...] = ()


CellOf = Callable[[tuple[str, str, str], Sequence[Run]], Cell]


def cells_of(runs: Iterable[Run], cell: CellOf) -> list[Cell]:
    """In the order of model, scaffold and hints, whatever the order of the runs."""
    ordered = sorted(runs, key=lambda run: (who(run), run.start, run.run))
    return [cell(key, list(group)) for key, group in groupby(ordered, key=who)]


def who(run: Run) -> tuple[str, str, str]:
    return run.model, run.scaffold, run.hints


def missing_note(missing: Sequence[int], counted: int) -> str:
    """Empty if no task is missing."""
    if not missing:
        return ""
    return f"no run of start {spans(missing)}: the mean is over {counted - len(missing)} of {counted} tasks"
