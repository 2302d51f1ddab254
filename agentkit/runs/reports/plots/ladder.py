"""The ladder: a step for each task, from its start down to the next record, with marks where runs came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentkit.runs.reports.ladder import STEP, Ladder
from agentkit.runs.reports.plots.drawing import INK, MARKERS, SERIES, SOFT, WIDTH, draw, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_SERIES = len(MARKERS)
WIDE_RANGE = 6.0
"""From here on the longest time would flatten the others, and the scale is logarithmic."""


def ladder_svg(found: Ladder) -> str:
    """Empty where there are more series than marks."""
    if len(found.series) > MOST_SERIES:
        return ""
    width = min(14.0, max(WIDTH, 1.2 + 0.75 * len(found.rungs)))
    return draw("ladder", width, 3.6, lambda figure: paint(figure, found))


def paint(figure: Figure, found: Ladder) -> None:
    axes = figure.add_subplot()
    for place, rung in enumerate(found.rungs.values()):
        axes.plot([place - 0.4, place], [rung.start] * 2, color=INK, linewidth=1.6)
        axes.plot([place, place], [rung.start, rung.target], color=SOFT, linewidth=1.0)
        axes.plot([place, place + 0.4], [rung.target] * 2, color=INK, linewidth=1.6)
    first = next(iter(found.rungs.values()))
    axes.annotate("start", (-0.4, first.start), (0, 3), textcoords="offset points", color=SOFT)
    axes.annotate(
        "next record", (0.4, first.target), (0, -10), textcoords="offset points", color=SOFT, ha="right"
    )
    axes.margins(y=0.12)
    for number, series in enumerate(found.series):
        paint_series(axes, found, number, series)
    axes.set_xticks(range(len(found.rungs)), [short(task) for task in found.rungs])
    ends = [end for rung in found.rungs.values() for end in (rung.start, rung.target)]
    if min(ends) > 0 and max(ends) / min(ends) > WIDE_RANGE:
        axes.set_yscale("log")
    axes.set_xlabel("record that the task starts from")
    axes.set_ylabel(found.metric)
    axes.grid(axis="y")
    if found.by:
        figure.legend(title=found.by, loc="outside upper left", ncols=4)
    plain(figure)


def paint_series(axes: Axes, found: Ladder, number: int, series: str) -> None:
    """Side by side, so that equal ones do not hide each other."""
    apart = 0.5 * ((number + 0.5) / len(found.series) - 0.5)
    color = SERIES[number % len(SERIES)]
    marks = []
    for place, rung in enumerate(found.rungs.values()):
        bar = rung.shares.get(series)
        if bar is None or bar.value is None:
            continue
        marks.append((place + apart, rung.reached(bar.value)))
        if bar.low is not None and bar.high is not None:
            ends = [rung.reached(bar.low), rung.reached(bar.high)]
            axes.plot([place + apart] * 2, ends, color=color, linewidth=1.0, solid_capstyle="butt")
    axes.plot(
        [x for x, _ in marks], [y for _, y in marks],
        marker=MARKERS[number], color=color, linestyle="none", markersize=5, label=series,
    )  # fmt: skip


def short(task: str) -> str:
    found = STEP.search(task)
    return found[1] if found else task
