"""Report of many runs: what was run, what it came to, and which runs say nothing, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agentkit.runs.curves.equal_budget import Group, TracedRun, at_equal_budget
from agentkit.runs.curves.trace import AXES, Axis
from agentkit.runs.reports.budget_curves import TITLES, curve_section
from agentkit.runs.reports.groups import grouped, heading, scored, values_of
from agentkit.runs.reports.head import facts, warnings
from agentkit.runs.reports.heat_map import heat_map, heat_section
from agentkit.runs.reports.ladder import ladder, ladder_section
from agentkit.runs.reports.plots.budget_curves import curve_svg
from agentkit.runs.reports.plots.heat_map import heat_svg
from agentkit.runs.reports.plots.ladder import ladder_svg
from agentkit.runs.reports.plots.task_bars import bars_svg
from agentkit.runs.reports.section import Section, Table
from agentkit.runs.reports.task_bars import bars_section, task_bars
from agentkit.runs.tables.columns import Value, column, shown
from agentkit.runs.tables.row import UNFINISHED, RunRow
from agentkit.statistics.hierarchical_bootstrap import Tasks

MOST_LISTED = 1000
MOST_SERIES = 8
NOT_SPENT = "most runs spent nothing of the kind, or what they spent is not known"
NO_FIGURE = "There are too many groups for a figure; fewer columns in --by make one."


@dataclass(frozen=True)
class Report:
    title: str
    warnings: tuple[str, ...]
    """What a reader must know before any figure; a simulation first."""
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    silent: Table
    """Runs without a score, one a line, at most MOST_LISTED."""
    silent_runs: int


def make_report(
    title: str,
    rows: Sequence[RunRow],
    by: Sequence[str],
    trace: Callable[[RunRow], TracedRun],
    tasks_are: Tasks = "fixed",
) -> Report:
    """At least one row. `trace`: reads what a run had found, attempt by attempt."""
    silent = [row for row in rows if scored(row) is None]
    values = [column(name, rows) for name in by]
    return Report(
        title=title,
        warnings=tuple(warnings(rows)),
        facts=tuple(facts(rows, by, tasks_are)),
        sections=tuple(sections(rows, by, trace, tasks_are)),
        silent=Table(
            ("state", "task", *map(heading, by), "seed", "tries", "run", "why"),
            tuple(silent_line(row, values) for row in silent[:MOST_LISTED]),
        ),
        silent_runs=len(silent),
    )


def silent_line(row: RunRow, values: Sequence[Value]) -> tuple[str, ...]:
    seed = "" if row.seed is None else str(row.seed)
    why = row.reason
    if row.state not in UNFINISHED:
        why = "it finished, and its task has no scale to score it on"
    shared = (shown(value(row)) for value in values)
    return row.state, row.task_name, *shared, seed, str(row.tries), row.run, why


def sections(
    rows: Sequence[RunRow], by: Sequence[str], trace: Callable[[RunRow], TracedRun], tasks_are: Tasks
) -> Iterator[Section]:
    map_found = heat_map(rows, by, tasks_are)
    yield drawn(heat_section(map_found, tasks_are), heat_svg(map_found))
    series = series_column(rows, by)
    bars = task_bars(rows, series)
    yield drawn(bars_section(rows, bars), bars_svg(bars))
    traces = {group: [trace(row) for row in members] for group, members in grouped(rows, by).items()}
    yield from curve_sections(traces, [heading(name) for name in by], tasks_are)
    steps = ladder(rows, series)
    if steps is not None:
        yield drawn(ladder_section(rows, steps), ladder_svg(steps))


def curve_sections(
    traces: Mapping[Group, Sequence[TracedRun]], names: Sequence[str], tasks_are: Tasks
) -> Iterator[Section]:
    """One for each thing that runs spent; what nobody spent is said below the first."""
    found = {axis: at_equal_budget(traces, axis, tasks_are=tasks_are) for axis in axes_of(traces)}
    without = [TITLES[axis] for axis, curves in found.items() if curves is None]
    notes = (f"There are no curves against {', '.join(without)}: {NOT_SPENT}.",) if without else ()
    for curves in found.values():
        if curves is not None:
            section = curve_section(curves, names)
            section = replace(section, notes=(*section.notes, *notes))
            notes = ()
            yield drawn(section, curve_svg(section.key, curves, names))


def drawn(section: Section, svg: str) -> Section:
    if svg:
        return replace(section, svg=svg)
    return replace(section, notes=(NO_FIGURE, *section.notes))


def series_column(rows: Sequence[RunRow], by: Sequence[str]) -> str:
    """The one column there is room for beside tasks: of those that differ, that with the fewest values."""
    counts = {name: len(values_of(rows, name)) for name in by}
    fitting = [name for name in by if 1 < counts[name] <= MOST_SERIES]
    return min(fitting, key=lambda name: counts[name], default="")


def axes_of(traces: Mapping[Group, Sequence[TracedRun]]) -> list[Axis]:
    """Seconds of evaluation only where no run used a GPU."""
    gpu = any(
        run.trace is not None and run.trace.curves["gpu_seconds"].end > 0
        for runs in traces.values()
        for run in runs
    )
    unused = "evaluation_seconds" if gpu else "gpu_seconds"
    return [axis for axis in AXES if axis != unused]
