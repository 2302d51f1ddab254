"""Curves at equal budget: a panel for each value of one column, a line for each value of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agentkit.runs.curves.equal_budget import EqualBudget, Group, GroupCurve
from agentkit.runs.reports.budget_curves import TITLES
from agentkit.runs.reports.groups import name_of, natural
from agentkit.runs.reports.plots.drawing import LINE_STYLES, MARKERS, SERIES, WIDTH, draw, plain, style_of
from agentkit.statistics.ratio import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_LINES = len(SERIES) * len(LINE_STYLES)
MOST_PANELS = 24
LEGEND_COLUMNS = 3
FEW_PANELS = 4
"""Up to so many, two stand side by side; else three."""


def curve_svg(key: str, found: EqualBudget, by: Sequence[str]) -> str:
    """Empty where there are more groups than a figure can show."""
    panels, lines = panels_of(found, by)
    if len(panels) > MOST_PANELS or len(lines) > MOST_LINES:
        return ""
    down = -(-len(panels) // across(panels))
    legend = legend_height(lines)
    each = 2.4 if len(panels) <= FEW_PANELS else 1.9
    return draw(key, WIDTH, 0.4 + each * down + legend, lambda figure: paint(figure, found, by))


def legend_height(lines: Sequence[Group]) -> float:
    """Inches."""
    return 0.4 + 0.18 * -(-len(lines) // LEGEND_COLUMNS) if len(lines) > 1 else 0.0


def across(panels: Sequence[Group]) -> int:
    return min(len(panels), 2 if len(panels) <= FEW_PANELS else 3)


def panels_of(found: EqualBudget, by: Sequence[str]) -> tuple[list[Group], list[Group]]:
    """A panel for the values of all columns but the first, and a line for each value of the first."""
    panels = sorted({group[1:] for group in found.curves}, key=lambda group: [*map(natural, group)])
    return panels, list(dict.fromkeys(group[:1] for group in found.curves))


def paint(figure: Figure, found: EqualBudget, by: Sequence[str]) -> None:
    panels, lines = panels_of(found, by)
    columns = across(panels)
    every = figure.subplots(
        -(-len(panels) // columns), columns, sharex=True, sharey=True, squeeze=False
    ).ravel()
    for axes, panel in zip(every, panels, strict=False):
        for number, line in enumerate(lines):
            curve = found.curves.get((*line, *panel))
            if curve is not None:
                paint_curve(axes, found, number, curve)
        axes.set_title(f"{' · '.join(by[1:])} {name_of(panel)}" if panel else "")
        axes.grid(axis="y")
        axes.xaxis.set_tick_params(labelbottom=True)
    every[0].set_xlim(0, 1.02 * found.horizon)
    every[0].set_ylim(*heights(found))
    for axes in every[len(panels) :]:
        axes.set_visible(False)
    lay_out(figure, lines)
    figure.supxlabel(TITLES[found.axis], fontsize=9, y=0.05 / figure.get_figheight())
    figure.supylabel("best score so far", fontsize=9, x=0.05 / WIDTH)
    if len(lines) > 1:
        handles = [handle_of(number) for number in range(len(lines))]
        names = [name_of(line) for line in lines]
        figure.legend(handles, names, title=by[0], loc="upper left", ncols=LEGEND_COLUMNS)
    plain(figure)


def lay_out(figure: Figure, lines: Sequence[Group]) -> None:
    """In inches, by what is known to stand around panels: to find it out costs as much as to draw them."""
    height = figure.get_figheight()
    figure.set_layout_engine(None)
    figure.subplots_adjust(
        left=0.7 / WIDTH,
        right=1 - 0.1 / WIDTH,
        bottom=0.45 / height,
        top=1 - (legend_height(lines) + 0.25) / height,
        hspace=0.3,
        wspace=0.06,
    )


def heights(found: EqualBudget) -> tuple[float, float]:
    """From the lowest curve to the highest, with room for intervals, but not the widest early ones."""
    curves = found.curves.values()
    low, high = (
        pick([edge(each.values) for each in curves]) for pick, edge in ((min, np.min), (max, np.max))
    )
    room = 0.1 + 0.25 * (high - low)
    ends = [bound for each in curves for bound in (each.low[-1], each.high[-1]) if np.isfinite(bound)]
    return max(low - room, min([low - 0.05, *ends])), min(high + room, max([high + 0.05, *ends]))


def handle_of(number: int) -> Line2D:
    from matplotlib.lines import Line2D

    marker = MARKERS[number % len(MARKERS)]
    return Line2D([], [], marker=marker, markersize=4, **style_of(number))


def paint_curve(axes: Axes, found: EqualBudget, number: int, curve: GroupCurve) -> None:
    """By the parts of a plot, and not by its commands, each of which scales the axes anew."""
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D

    marker, color = MARKERS[number % len(MARKERS)], SERIES[number % len(SERIES)]
    axes.add_line(Line2D(*corners(found.grid, curve.values), linewidth=1.6, **style_of(number)))
    axes.add_line(
        Line2D(found.grid[-1:], curve.values[-1:], marker=marker, markersize=4, color=color, clip_on=False)
    )
    known = np.isfinite(curve.low)
    if known.any():
        # Where the noise is not known the band has no width.
        x, low = corners(found.grid, np.where(known, curve.low, curve.values))
        _, high = corners(found.grid, np.where(known, curve.high, curve.values))
        outline = np.column_stack([np.append(x, x[::-1]), np.append(low, high[::-1])])
        axes.add_collection(
            PolyCollection([outline], facecolor=color, alpha=0.12, linewidth=0), autolim=False
        )


def corners(grid: Array, values: Array) -> tuple[Array, Array]:
    """Of a step function that holds each value until the next place."""
    x, y = np.repeat(grid, 2)[1:], np.repeat(values, 2)[:-1]
    return x, y
