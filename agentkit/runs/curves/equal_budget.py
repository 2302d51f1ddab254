"""Groups of runs side by side at one budget: mean best-so-far with its interval, and the area below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from agentkit.runs.curves.trace import Axis, Trace
from agentkit.statistics.curve_band import curve_band
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.ratio import Array
from agentkit.statistics.step_curve import StepCurve

Group = tuple[str, ...]
"""The values that its runs share, in the order in which one groups."""
PLACES = 61
RESAMPLES = 500
"""Half the width of an interval is then known to some 4 %, which no eye sees on a curve."""
MOST_ATTEMPTS = 200
"""Up to so many, each attempt is a place of its own."""


@dataclass(frozen=True)
class TracedRun:
    task: str
    """With its size, which makes it another task."""
    trace: Trace | None
    """None: the run did not finish, or its task has no score."""


@dataclass(frozen=True)
class GroupCurve:
    """Bounds are NaN where the noise is not known."""

    values: Array
    """The mean over tasks of each one's mean over runs, at each place of the grid."""
    low: Array
    high: Array
    area: float
    """The mean height up to the horizon."""
    area_low: float
    area_high: float
    tasks: int
    runs: int
    missing: int
    ended_earlier: int
    """Of the runs, those that had spent less than the horizon at their end; they keep their last value."""


@dataclass(frozen=True)
class EqualBudget:
    axis: Axis
    horizon: float
    """The common budget, in the axis's unit."""
    why_there: str
    grid: Array
    curves: Mapping[Group, GroupCurve]
    """Of the groups with a run that can be drawn."""


def at_equal_budget(
    groups: Mapping[Group, Sequence[TracedRun]],
    axis: Axis,
    *,
    tasks_are: Tasks = "fixed",
    resamples: int = RESAMPLES,
) -> EqualBudget | None:
    """None where no run spent anything of this kind, or what it spent is not known."""
    drawn = {group: _by_task(runs, axis) for group, runs in groups.items()}
    drawn = {group: tasks for group, tasks in drawn.items() if tasks}
    found = common_budget(groups, axis)
    if found is None or not drawn:
        return None
    horizon, why_there = found
    grid = places(axis, horizon)
    curves = {
        group: _group_curve(tasks, len(groups[group]), grid, horizon, tasks_are, resamples)
        for group, tasks in drawn.items()
    }
    return EqualBudget(axis, horizon, why_there, grid, curves)


def common_budget(groups: Mapping[Group, Sequence[TracedRun]], axis: Axis) -> tuple[float, str] | None:
    """How far all groups can be compared, and why not further; None: nobody spent anything.

    Under a cap each run could have gone on to it and did not, so its last value holds until there. Without
    one it was stopped by something else, and nobody knows what it would have found with more.
    """
    traces = {
        group: [run.trace for run in runs if run.trace is not None and axis in run.trace.curves]
        for group, runs in groups.items()
    }
    traces = {group: each for group, each in traces.items() if each}
    ends = {group: [trace.curves[axis].end for trace in each] for group, each in traces.items()}
    most = max((end for each in ends.values() for end in each), default=0.0)
    if most <= 0:
        return None
    caps = [trace.caps.get(axis) for each in traces.values() for trace in each]
    known = [cap for cap in caps if cap is not None and cap > 0]
    if len(known) == len(caps):
        smallest = min(known)
        if smallest <= most:
            return smallest, "the smallest cap of the compared runs"
        return most, "no run spent more, though the caps allowed it"
    middle = {group: median(each) for group, each in ends.items()}
    first = min(middle, key=lambda group: middle[group])
    if middle[first] <= 0:
        return None
    name = " · ".join(first) or "all runs"
    return middle[first], f"not every run had a cap on it, and here half of the runs of {name} had ended"


def places(axis: Axis, horizon: float) -> Array:
    """The common grid, from nothing spent to the horizon."""
    if axis == "attempts" and horizon <= MOST_ATTEMPTS:
        return np.arange(0.0, np.floor(horizon) + 1)
    return np.linspace(0.0, horizon, PLACES)


def _by_task(runs: Sequence[TracedRun], axis: Axis) -> dict[str, list[StepCurve]]:
    found: dict[str, list[StepCurve]] = {}
    for run in runs:
        if run.trace is not None and axis in run.trace.curves:
            found.setdefault(run.task, []).append(run.trace.curves[axis])
    return found


def _group_curve(
    tasks: Mapping[str, Sequence[StepCurve]],
    planned: int,
    grid: Array,
    horizon: float,
    tasks_are: Tasks,
    resamples: int,
) -> GroupCurve:
    # The area is one more place: it is a mean over the same runs, with the same noise.
    tables = [
        np.stack([np.append(curve.on(grid), curve.area(horizon)) for curve in curves])
        for curves in tasks.values()
    ]
    band = curve_band(tables, tasks_are=tasks_are, resamples=resamples)
    assert band is not None, "a group with runs has a task"
    runs = [curve for curves in tasks.values() for curve in curves]
    return GroupCurve(
        values=band.values[:-1],
        low=band.low[:-1],
        high=band.high[:-1],
        area=float(band.values[-1]),
        area_low=float(band.low[-1]),
        area_high=float(band.high[-1]),
        tasks=len(tasks),
        runs=len(runs),
        missing=planned - len(runs),
        ended_earlier=sum(curve.end < horizon * (1 - 1e-9) for curve in runs),
    )
