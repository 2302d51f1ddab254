from __future__ import annotations

from agentkit.runs.reports.heat_map import heat_map
from agentkit.runs.reports.plots.heat_map import heat_svg, lightness
from tests.agentkit.runs.reports.rows import row
from tests.agentkit.runs.reports.test_heat_map import ROWS


def test_value_n_and_missing_are_in_each_cell() -> None:
    svg = heat_svg(heat_map(ROWS, ["hints", "scaffold"], "fixed"))
    for said in (
        ">0.15<",
        ">n 2, missing 1<",
        ">0.65<",
        ">n 3, missing 0<",
        ">no score<",
        ">n 0, missing 1<",
    ):
        assert said in svg
    assert "<pattern" in svg, "a cell without a score has no colour that could pass for one"


def test_too_many_cells_have_no_figure() -> None:
    rows = [row(0.1, hints=str(first), scaffold=str(second)) for first in range(21) for second in range(20)]
    assert heat_svg(heat_map(rows, ["hints", "scaffold"], "fixed")) == ""


def test_words_stand_out_from_any_cell() -> None:
    assert lightness((1.0, 1.0, 1.0, 1.0)) > 0.99
    assert lightness((0.0, 0.13, 0.3, 1.0)) < 0.2
