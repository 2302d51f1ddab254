"""Bars of each task, one colour a group, over the band of measurement noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentkit.runs.reports.plots.drawing import INK, LINE, SERIES, SOFT, WIDTH, draw, plain
from agentkit.runs.reports.task_bars import TaskBars

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HATCHES = ("", "////", "....")
"""A second and a third round of the same colours."""
MOST_BARS = 240
BEYOND = 3.0
"""Scores further from the middle are cut, so that one wild ratio does not flatten all others."""


def bars_svg(found: TaskBars) -> str:
    """Empty where there are more bars than a figure can show."""
    if len(found.bars) > MOST_BARS or not found.bars:
        return ""
    height = 0.8 + len(found.noise) * (0.18 + 0.17 * len(found.series))
    return draw("tasks", WIDTH, height, lambda figure: paint(figure, found))


def paint(figure: Figure, found: TaskBars) -> None:
    axes = figure.add_subplot()
    tasks = list(found.noise)
    thick = 0.8 / len(found.series)
    for place, task in enumerate(tasks):
        noise = found.noise[task]
        if noise:
            axes.barh(place, 2 * noise, 0.94, -noise, color=LINE, alpha=0.5, linewidth=0)
    for number, series in enumerate(found.series):
        paint_series(axes, found, number, series, thick)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.axvline(1, color=SOFT, linewidth=0.8, linestyle="dashed")
    axes.set_yticks(range(len(tasks)), tasks)
    axes.set_ylim(len(tasks) - 0.4, -0.6)
    low, high = axes.get_xlim()
    axes.set_xlim(max(low, -BEYOND), min(max(high, 1.05), 1 + BEYOND))
    axes.set_xlabel("score: 0 is the start, 1 the reference")
    axes.grid(axis="x")
    if found.by:
        figure.legend(title=found.by, loc="outside upper left", ncols=min(4, len(found.series)))
    plain(figure)


def paint_series(axes: Axes, found: TaskBars, number: int, series: str, thick: float) -> None:
    bars = [
        (place - 0.4 + (number + 0.5) * thick, bar)
        for place, task in enumerate(found.noise)
        if (bar := found.bars.get((task, series))) is not None and bar.value is not None
    ]
    axes.barh(
        [place for place, _ in bars],
        [bar.value or 0.0 for _, bar in bars],
        thick * 0.86,
        color=SERIES[number % len(SERIES)],
        hatch=HATCHES[number // len(SERIES) % len(HATCHES)],
        linewidth=0,
        label=series,
    )
    for place, bar in bars:
        if bar.low is not None and bar.high is not None:
            axes.plot([bar.low, bar.high], [place, place], color=INK, linewidth=1.0, solid_capstyle="butt")
