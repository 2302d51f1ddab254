"""Drawing: a matplotlib figure as an SVG that takes its colours from where it is shown.

Nothing but the numbers decides its bytes: no date, no random id, no settings of the user's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agentkit.errors import MissingRequirement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, LINE, PAPER = "#010203", "#010204", "#010205", "#010206"
SERIES = tuple(f"#01030{number}" for number in range(8))
VARIABLES: Mapping[str, str] = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    PAPER: "--paper",
    **{color: f"--series-{number}" for number, color in enumerate(SERIES)},
}
"""A colour that is drawn, to the page's variable that takes its place. Nothing else has these colours."""
LINE_STYLES = ("solid", (0, (5, 2)), (0, (1, 1.5)))
"""With eight colours: twenty-four lines that differ, and neighbours in both."""
WIDTH = 7.2
"""Inches, of a figure that has room enough: text is then as large as in the others."""
MARKERS = "osD^vPX*"
LONG = re.compile(r"(\.\d\d)\d+")
"""A coordinate with more digits than a hundredth of a point."""
FONT = "'DejaVu Sans', Verdana, sans-serif"
SETTINGS: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "agentkit",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "text.parse_math": False,
}


def draw(key: str, width: float, height: float, paint: Callable[[Figure], None]) -> str:
    """An `<svg>` element; sizes in inches. `key` makes its ids its own among other figures of a page.

    Raises MissingRequirement without matplotlib.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingRequirement(
            "The figures of a report need matplotlib, which is not installed.",
            "Next: pip install 'agentkit-research[plots]'",
        ) from error
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure)
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    return cleaned(written.getvalue(), key)


def cleaned(text: str, key: str) -> str:
    """Without what is only for a file of its own; its ids begin with `key`."""
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{key}-", text)
    text = re.sub(r'(?<= )d="[^"]*"', lambda found: LONG.sub(r"\1", found[0]), text)
    text = text.replace("'DejaVu Sans'", FONT)
    for color, variable in VARIABLES.items():
        text = text.replace(color, f"var({variable})")
    return text.strip()


def style_of(number: int) -> dict[str, Any]:
    """Of the line of that number."""
    return {
        "color": SERIES[number % len(SERIES)],
        "linestyle": LINE_STYLES[number % len(LINE_STYLES)],
    }


def plain(figure: Figure) -> None:
    """Only what carries numbers keeps its lines."""
    for axes in figure.axes:
        axes.tick_params(length=0)
