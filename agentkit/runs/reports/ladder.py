"""The ladder of records: each step's two ends, and how far the agent came of the way between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from agentkit.runs.reports.groups import by_task, grouped, heading, name_of
from agentkit.runs.reports.section import Section, Table, say_amount, say_bounds, say_runs, say_score
from agentkit.runs.reports.task_bars import Bar, bar_of
from agentkit.runs.tables.row import RunRow

STEP = re.compile(r"record(\d+)\b")
"""Such a task starts at that record and aims at the next one of its ladder."""


@dataclass(frozen=True)
class Rung:
    start: float
    """The metric at the record it starts from: the mean of what the runs measured or were told."""
    target: float
    shares: Mapping[str, Bar]
    """What was recovered, by series."""

    def reached(self, share: float) -> float:
        """The metric of an answer that recovers so much."""
        return self.start - share * (self.start - self.target)


@dataclass(frozen=True)
class Ladder:
    by: str
    series: tuple[str, ...]
    metric: str
    """With its unit, where all rungs have the same one."""
    rungs: Mapping[str, Rung]


def ladder(rows: Sequence[RunRow], by: str) -> Ladder | None:
    """None where no run's task is a step of a ladder."""
    steps = [row for row in rows if STEP.search(row.task)]
    rungs = {}
    for task, members in by_task(steps).items():
        ends = [
            (row.reference_start, row.reference_target)
            for row in members
            if row.reference_start is not None and row.reference_target is not None
        ]
        if ends:
            shares = {
                name_of(group): bar_of(every) for group, every in grouped(members, [by] if by else []).items()
            }
            rungs[task] = Rung(fmean(each for each, _ in ends), fmean(each for _, each in ends), shares)
    if not rungs:
        return None
    metrics = {f"{row.metric}, {row.unit}".strip(", ") for row in steps if row.metric}
    series = tuple(name_of(group) for group in grouped(steps, [by] if by else []))
    return Ladder(heading(by), series, metrics.pop() if len(metrics) == 1 else "metric", rungs)


def ladder_section(rows: Sequence[RunRow], found: Ladder) -> Section:
    head = ("task", *((found.by,) if found.by else ()))
    columns = (*head, "start", "reference", "reached", "recovered share", "95 % interval", "n", "missing n")
    lines = tuple(
        (task, *((series,) if found.by else ()), *_figures(rung, rung.shares[series]))
        for task, rung in found.rungs.items()
        for series in found.series
        if series in rung.shares
    )
    return Section(
        key="ladder",
        title="The ladder of records",
        finding=finding(rows, found),
        table=Table(columns, lines),
        notes=(
            "Each step goes from the record that a task starts from down to the next one, as measured where "
            "the runs were, or as published. A mark is the mean of the runs; how far it is on the way is the "
            "share of the speed-up that was recovered.",
        ),
    )


def _figures(rung: Rung, bar: Bar) -> tuple[str, ...]:
    reached = say_amount(rung.reached(bar.value)) if bar.value is not None else "–"
    ends = say_amount(rung.start), say_amount(rung.target)
    return (
        *ends,
        reached,
        say_score(bar.value),
        say_bounds(bar.low, bar.high),
        str(bar.runs),
        str(bar.missing),
    )


def finding(rows: Sequence[RunRow], found: Ladder) -> str:
    bars = {task: bar_of(members) for task, members in by_task(rows).items() if task in found.rungs}
    values = [bar.value for bar in bars.values() if bar.value is not None]
    runs, missing = sum(bar.runs for bar in bars.values()), sum(bar.missing for bar in bars.values())
    steps = f"{len(bars)} step{'s' if len(bars) > 1 else ''} of the ladder"
    if not values:
        return f"Of {steps} no run has a score; {say_runs(runs, missing)}."
    whole = sum(value >= 1 for value in values)
    said = f"Over {steps}, {say_score(fmean(values))} of a step's speed-up is recovered in the mean"
    if len(values) < len(bars):
        said += f" of the {len(values)} that have a score"
    return f"{said}; the whole of it in {whole or 'none'} of them ({say_runs(runs, missing)})."
