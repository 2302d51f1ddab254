"""The score of each task, group by group, beside the noise of measuring it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from agentkit.runs.reports.groups import by_task, grouped, heading, name_of, scored
from agentkit.runs.reports.section import Section, Table, say_bounds, say_estimate, say_runs, say_score
from agentkit.runs.tables.row import RunRow
from agentkit.statistics.series import mean, standard_error
from agentkit.statistics.student import two_sided_quantile


@dataclass(frozen=True)
class Bar:
    """The mean of a task's runs in one group."""

    value: float | None
    low: float | None
    """Of the 95 % interval by Student's t over runs; None with fewer than two, or without any scatter."""
    high: float | None
    runs: int
    missing: int


@dataclass(frozen=True)
class TaskBars:
    by: str
    """The column whose values are the series; empty: all runs are one."""
    series: tuple[str, ...]
    bars: Mapping[tuple[str, str], Bar]
    """By task and series."""
    noise: Mapping[str, float | None]
    """By task: half the width of the interval that a run's own measurements give its score, the median of its
    runs; None: no run knows it."""


def bar_of(rows: Sequence[RunRow]) -> Bar:
    found = [score for row in rows if (score := scored(row)) is not None]
    value, error = mean(found), standard_error(found)
    missing = len(rows) - len(found)
    if value is None or not error:
        return Bar(value, None, None, len(found), missing)
    half = error * two_sided_quantile(0.95, len(found) - 1)
    return Bar(value, value - half, value + half, len(found), missing)


def task_bars(rows: Sequence[RunRow], by: str) -> TaskBars:
    groups = grouped(rows, [by] if by else [])
    tasks = by_task(rows)
    bars = {
        (task, name_of(group)): bar_of(members)
        for group, every in groups.items()
        for task, members in by_task(every).items()
    }
    return TaskBars(
        heading(by), tuple(map(name_of, groups)), bars, {task: noise_of(tasks[task]) for task in tasks}
    )


def noise_of(rows: Sequence[RunRow]) -> float | None:
    halves = [
        (row.score_high - row.score_low) / 2
        for row in rows
        if row.score_low is not None and row.score_high is not None
    ]
    return median(halves) if halves else None


def bars_section(rows: Sequence[RunRow], found: TaskBars) -> Section:
    lines = [
        (
            task,
            *((series,) if found.by else ()),
            *_figures(found.bars[task, series]),
            say_score(found.noise[task]),
        )
        for task in found.noise
        for series in found.series
        if (task, series) in found.bars
    ]
    columns = ("task", *((found.by,) if found.by else ()), "mean score", "95 % interval", "n", "missing n")
    pooled = (
        f" Each bar pools all runs with its {found.by}, whatever else they differ in." if found.by else ""
    )
    return Section(
        key="tasks",
        title="Score of each task",
        finding=finding(rows, found),
        table=Table((*columns, "noise of one score ±"), tuple(lines)),
        notes=(
            "Bars are means over runs, with Student's 95 % interval over them. The grey band is the noise of "
            "one score: half the width of the interval that the measurements of a single run give it, the "
            "median of the task's runs. A mean inside the band of a task may be measurement alone." + pooled,
        ),
    )


def _figures(bar: Bar) -> tuple[str, str, str, str]:
    return say_score(bar.value), say_bounds(bar.low, bar.high), str(bar.runs), str(bar.missing)


def finding(rows: Sequence[RunRow], found: TaskBars) -> str:
    overall = {task: bar_of(members) for task, members in by_task(rows).items()}
    known = {task: bar for task, bar in overall.items() if bar.value is not None}
    if not known:
        return "No task has a score."
    ranked = sorted(known, key=lambda task: -(known[task].value or 0.0))
    parts = [f"Most is recovered of {_say(ranked[0], known[ranked[0]])}"]
    if len(ranked) > 1:
        parts.append(f"least of {_say(ranked[-1], known[ranked[-1]])}")
    within = [
        task
        for task in known
        if (noise := found.noise[task]) is not None and abs(known[task].value or 0) <= noise
    ]
    if within:
        tasks = f"{len(within)} of {len(known)} tasks"
        parts.append(f"in {tasks} the mean is no larger than the noise of one score")
    if silent := len(overall) - len(known):
        parts.append(f"{silent} of {len(overall)} tasks have no score at all")
    return "; ".join(parts) + "."


def _say(task: str, bar: Bar) -> str:
    return f"{task}, {say_estimate(bar.value, bar.low, bar.high)}, {say_runs(bar.runs, bar.missing)}"
