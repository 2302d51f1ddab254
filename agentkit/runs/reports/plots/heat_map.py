"""The heat map: a coloured cell for each pair, with its mean, its n and what is missing written in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentkit.runs.reports.heat_map import HeatMap
from agentkit.runs.reports.plots.drawing import LINE, SOFT, WIDTH, draw, plain
from agentkit.runs.reports.section import say_bounds, say_score
from agentkit.runs.tables.grouping import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = "cividis"
"""Even in lightness, and the same to those who see red and green alike; so it needs no dark version."""
MOST_CELLS = 400


def heat_svg(found: HeatMap) -> str:
    """Empty where there are more cells than a figure can show."""
    if len(found.down) * len(found.across) > MOST_CELLS:
        return ""
    longest = max(len(name) for name in found.down)
    width = min(14.0, max(WIDTH, 0.8 + 0.075 * longest + 1.5 * len(found.across)))
    return draw("scores", width, 0.9 + 0.62 * len(found.down), lambda figure: paint(figure, found))


def paint(figure: Figure, found: HeatMap) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    axes = figure.add_subplot()
    values = [cell.mean for cell in found.cells.values() if cell.mean is not None]
    low, high = min([*values, 0.0]), max([*values, 0.0])
    scale = Normalize(low, high if high > low else low + 1.0)
    for (first, second), cell in found.cells.items():
        place = found.across.index(second), found.down.index(first)
        color = colormaps[COLORS](scale(cell.mean)) if cell.mean is not None else None
        paint_cell(axes, place, cell, color)
    axes.set_xlim(-0.5, len(found.across) - 0.5)
    axes.set_ylim(len(found.down) - 0.5, -0.5)
    axes.set_xticks(range(len(found.across)), found.across)
    axes.set_yticks(range(len(found.down)), found.down)
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.set_xlabel(found.axes[1])
    axes.set_ylabel(found.axes[0])
    axes.spines[:].set_visible(False)
    plain(figure)


def paint_cell(
    axes: Axes, place: tuple[int, int], cell: Figures, color: tuple[float, float, float, float] | None
) -> None:
    from matplotlib.patches import Rectangle

    x, y = place
    corner = x - 0.48, y - 0.47
    if color is None:
        axes.add_patch(Rectangle(corner, 0.96, 0.94, facecolor="none", edgecolor=LINE, hatch="///"))
    else:
        axes.add_patch(Rectangle(corner, 0.96, 0.94, facecolor=color, edgecolor="none"))
    ink = SOFT if color is None else "#ffffff" if lightness(color) < 0.45 else "#111111"
    value = say_score(cell.mean) if cell.mean is not None else "no score"
    axes.text(x, y - 0.2, value, ha="center", va="center", color=ink, fontsize=11, fontweight="bold")
    bounds = say_bounds(*cell.interval) if cell.interval else ""
    axes.text(x, y + 0.07, bounds, ha="center", va="center", color=ink, fontsize=7.5)
    counted = f"n {cell.n}, missing {cell.missing}"
    axes.text(x, y + 0.3, counted, ha="center", va="center", color=ink, fontsize=7.5)


def lightness(color: tuple[float, float, float, float]) -> float:
    """Relative luminance by Rec. 709, near enough without its gamma to choose black or white."""
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
