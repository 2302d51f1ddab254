from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import pytest

from agentkit.errors import MissingRequirement
from agentkit.runs.reports.plots.drawing import INK, SERIES, cleaned, draw, plain, style_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def paint(figure: Figure) -> None:
    axes = figure.add_subplot()
    for number in range(9):
        axes.plot([0, 1 / 3], [number, 1], marker="o", label="$x_1$ <b>", **style_of(number))
    axes.set_title("0.12345")
    axes.legend()
    plain(figure)


def test_nothing_but_the_numbers_decides_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw("k", 3, 2, paint)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        assert draw("k", 3, 2, paint) == first
        assert dict(matplotlib.rcParams) == before, "a caller's own settings are as they were"


def test_colours_are_the_pages_own() -> None:
    svg = draw("k", 3, 2, paint)
    assert INK not in svg and not any(color in svg for color in SERIES)
    assert "var(--ink)" in svg and all(f"var(--series-{number})" in svg for number in range(8))


def test_ids_are_the_figures_own() -> None:
    svg = draw("mine", 3, 2, paint)
    used = re.findall(r'\bid="([^"]*)"', svg)
    assert used and all(each.startswith("mine-") for each in used)
    asked = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg))
    assert {first or second for first, second in asked} <= set(used)


def test_words_are_text_and_not_formulas() -> None:
    svg = draw("k", 3, 2, paint)
    assert "$x_1$ &lt;b&gt;" in svg
    assert ">0.12345<" in svg, "only coordinates are rounded"
    assert not re.search(r' d="[^"]*\.\d{3}', svg)


def test_what_is_only_for_a_file_is_taken_away() -> None:
    text = '<?xml?>\n<!DOCTYPE x>\n<svg><metadata>\n<a/>\n</metadata><g id="a" clip-path="url(#b)"/></svg>\n'
    assert cleaned(text, "k") == '<svg><g id="k-a" clip-path="url(#k-b)"/></svg>'


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingRequirement, match="need matplotlib") as caught:
        draw("k", 3, 2, paint)
    assert "agentkit-research[plots]" in str(caught.value)


def test_neighbouring_lines_differ_in_colour_and_dash() -> None:
    styles = [style_of(number) for number in range(24)]
    assert len({(each["color"], str(each["linestyle"])) for each in styles}) == 24
    for one, other in zip(styles, styles[1:], strict=False):
        assert one["color"] != other["color"] and one["linestyle"] != other["linestyle"]
