"""The mean score of every pair of values of two axes, with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentkit.runs.curves.equal_budget import Group
from agentkit.runs.reports.groups import grouped, heading, name_of, natural, paired_cells, scored
from agentkit.runs.reports.section import Section, Table, say_bounds, say_estimate, say_runs, say_score
from agentkit.runs.tables.grouping import Figures, figures_of
from agentkit.runs.tables.row import RunRow
from agentkit.statistics.hierarchical_bootstrap import Tasks, hierarchical_interval
from agentkit.statistics.score_table import paired_table

Place = tuple[str, str]
"""What goes down, and what goes across."""
HOW_TO_READ = (
    "A score is the fraction of the way from the task's start (0) to its reference (1). The mean is over "
    "tasks, of each one's mean over runs; the IQM is of the middle half of all runs. A finished run without "
    "a valid attempt counts as 0. One that failed, was refused or is missing is in no mean, but in missing n."
)


@dataclass(frozen=True)
class HeatMap:
    axes: tuple[str, str]
    """The second is empty where one axis is compared, or none."""
    down: tuple[str, ...]
    across: tuple[str, ...]
    groups: Mapping[Place, Sequence[RunRow]]
    """Without the pairs that nobody planned."""
    cells: Mapping[Place, Figures]


def heat_map(rows: Sequence[RunRow], by: Sequence[str], tasks_are: Tasks) -> HeatMap:
    """The first of `by` goes down, the others together go across."""
    groups: dict[Place, list[RunRow]] = {}
    for group, members in grouped(rows, by).items():
        # Two groups may have one name: a value may hold what joins names.
        groups.setdefault(place_of(group), []).extend(members)
    names = [heading(name) for name in by]
    return HeatMap(
        axes=(names[0] if names else "", " · ".join(names[1:])),
        down=tuple(sorted({first for first, _ in groups}, key=natural)),
        across=tuple(sorted({second for _, second in groups}, key=natural)),
        groups=groups,
        cells={place: figures_of(members, scored, tasks_are=tasks_are) for place, members in groups.items()},
    )


def place_of(group: Group) -> Place:
    return name_of(group[:1]), name_of(group[1:]) if group[1:] else ""


def heat_section(found: HeatMap, tasks_are: Tasks) -> Section:
    names = tuple(axis for axis in found.axes if axis) or ("runs",)
    columns = ("mean score", "95 % interval", "IQM", "its 95 % interval", "n", "missing n", "tasks")
    lines = tuple((*place[: len(names)], *_columns(cell)) for place, cell in found.cells.items())
    notes = [HOW_TO_READ]
    if len({cell.tasks for cell in found.cells.values() if cell.n}) > 1:
        notes.append("Groups rest on different numbers of tasks, so their means are not of the same thing.")
    reasons = sorted({cell.note for cell in found.cells.values() if cell.note})
    notes += [f"Where there is no interval: {reason}." for reason in reasons]
    return Section(
        key="scores",
        title="Mean score" if names == ("runs",) else f"Mean score by {' and '.join(names)}",
        finding=finding(found, tasks_are),
        table=Table((*names, *columns), lines),
        notes=tuple(notes),
    )


def _columns(cell: Figures) -> tuple[str, ...]:
    counts = str(cell.n), str(cell.missing), str(cell.tasks)
    bounds, iqm_bounds = cell.interval or (None, None), cell.iqm_interval or (None, None)
    return (say_score(cell.mean), say_bounds(*bounds), say_score(cell.iqm), say_bounds(*iqm_bounds), *counts)


def finding(found: HeatMap, tasks_are: Tasks) -> str:
    """The best group beside the second, run by run where both have the task, the seed and all else alike."""
    known = {place: cell.mean for place, cell in found.cells.items() if cell.mean is not None}
    ranked = sorted(known, key=lambda place: -known[place])
    if not ranked:
        return "No run has a score."
    best = found.cells[ranked[0]]
    value, runs = say_estimate(best.mean, *(best.interval or (None, None))), say_runs(best.n, best.missing)
    if len(ranked) == 1:
        return f"The mean score is {value}, {runs}."
    gap = _gap(found.groups[ranked[0]], found.groups[ranked[1]], _say(ranked[1]), tasks_are)
    return f"{_say(ranked[0])} has the highest mean score, {value}, {runs}; {gap}"


def _gap(best: Sequence[RunRow], second: Sequence[RunRow], name: str, tasks_are: Tasks) -> str:
    cells = paired_cells(best, second)
    if cells is None:
        apart = f"its runs and those of the second, {name}, differ in other settings, too"
        return f"{apart}, so the two cannot be compared run by run."
    gap = hierarchical_interval(paired_table(*cells).differences, tasks_are=tasks_are)
    if gap is None:
        alike = f"no run of it has the task, the seed and the settings of one of the second, {name}"
        return f"{alike}, so the two cannot be compared."
    above = f"{say_score(abs(gap.value))} {'above' if gap.value >= 0 else 'below'} the second, {name}"
    if gap.low is None or gap.high is None:
        return f"over {gap.cells} shared runs it is {above}, and how much of that is chance is not known."
    chance = "which may well be chance"
    if gap.low > 0 or gap.high < 0:
        chance = "more than chance would explain, had the two not been picked after looking"
    return (
        f"over {gap.cells} shared runs it is {above} (difference {say_bounds(gap.low, gap.high)}), {chance}."
    )


def _say(place: Place) -> str:
    return " · ".join(each for each in place if each)
