"""Groups of rows: what the runs of each came to in the mean, with what is missing beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agentkit.contracts.record import Record
from agentkit.runs.tables.columns import column, shown
from agentkit.runs.tables.row import RunRow
from agentkit.statistics import aggregates
from agentkit.statistics.hierarchical_bootstrap import Tasks, hierarchical_interval
from agentkit.statistics.score_table import ScoreTable, score_table
from agentkit.statistics.stratified_bootstrap import stratified_interval

Interval = tuple[float, float] | None
RLIABLE = "rliable"
INTERVALS = ("ours", RLIABLE)
NO_GAPS = "rliable's bootstrap takes no missing cells, and wants as many runs of every task"


class Figures(Record):
    """Of some rows. What cannot be said is None, and `note` says why."""

    runs: int
    n: int
    """Runs with a figure."""
    missing: int
    """Runs without one: failed, refused, cut off, not begun, or of a task that has no such figure here."""
    tasks: int
    """Those that the mean is over."""
    empty_tasks: tuple[str, ...] = ()
    """Tasks of which no run has a figure; the mean is without them."""
    mean: float | None = None
    """Of the tasks' means."""
    interval: Interval = None
    iqm: float | None = None
    """The mean of the middle half of all runs."""
    iqm_interval: Interval = None
    note: str = ""


class Group(Record):
    key: tuple[str, ...]
    """The group's values, in the order of the columns it was made by."""
    figures: Figures


def grouped(rows: Sequence[RunRow], by: Sequence[str]) -> dict[tuple[str, ...], list[RunRow]]:
    """In the order of their first rows. Raises UnknownName for a column that no row has."""
    values = [column(name, rows) for name in by]
    groups: dict[tuple[str, ...], list[RunRow]] = {}
    for row in rows:
        groups.setdefault(tuple(shown(value(row)) for value in values), []).append(row)
    return groups


def figures_of(
    rows: Sequence[RunRow],
    figure: Callable[[RunRow], float | None],
    *,
    tasks_are: Tasks = "fixed",
    interval: str = "ours",
    resamples: int = 2000,
) -> Figures:
    """Every run counts once; a task counts as much as any other, however often it was run."""
    table = score_table({(row.task_name, place): figure(row) for place, row in enumerate(rows)})
    empty = tuple(task for task in table.empty if task)  # a run that cannot be read names none
    if not table.tasks:
        note = "no run has a figure"
        return Figures(runs=len(rows), n=0, missing=table.missing, tasks=0, empty_tasks=empty, note=note)
    find = rliable_interval if interval == RLIABLE else our_interval
    of_mean, note = find(table, "mean", tasks_are, resamples)
    of_iqm, _ = find(table, "iqm", tasks_are, resamples)
    return Figures(
        runs=len(rows),
        n=table.cells,
        missing=table.missing,
        tasks=len(table.tasks),
        empty_tasks=empty,
        mean=float(aggregates.mean(table.values)),
        interval=of_mean,
        iqm=float(aggregates.iqm(table.values)),
        iqm_interval=of_iqm,
        note=note,
    )


def our_interval(table: ScoreTable, name: str, tasks_are: Tasks, resamples: int) -> tuple[Interval, str]:
    """With why there is none."""
    found = hierarchical_interval(
        table, "iqm" if name == "iqm" else "mean", tasks_are=tasks_are, resamples=resamples
    )
    if found is None or found.low is None or found.high is None:
        return None, found.note if found else ""
    return (found.low, found.high), ""


def rliable_interval(table: ScoreTable, name: str, tasks_are: Tasks, resamples: int) -> tuple[Interval, str]:
    """As rliable has it by default, which takes 50,000 resamples whatever is asked of ours."""
    figure = aggregates.iqm if name == "iqm" else aggregates.mean
    try:
        return stratified_interval(table.values, figure, tasks_are=tasks_are), ""
    except ValueError:
        return None, NO_GAPS
