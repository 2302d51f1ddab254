from __future__ import annotations

from itertools import product

from agentkit.runs.curves.equal_budget import EqualBudget, at_equal_budget
from agentkit.runs.reports.plots.budget_curves import across, curve_svg, panels_of
from tests.agentkit.runs.curves.test_equal_budget import run


def curves(groups: list[tuple[str, ...]]) -> EqualBudget:
    runs = [run(0.1, 0.3, cap=2), run(0.2, 0.2, cap=2)]
    found = at_equal_budget({group: runs for group in groups}, "attempts", resamples=20)
    assert found is not None
    return found


def test_lines_are_of_the_first_column_and_panels_of_the_others() -> None:
    found = curves(list(product(("none", "text", "v10", "v9"), ("aide", "flat"))))
    panels, lines = panels_of(found, ["hints", "scaffold"])
    assert panels == [("aide",), ("flat",)]
    assert lines == [("none",), ("text",), ("v10",), ("v9",)]
    svg = curve_svg("c", found, ["hints", "scaffold"])
    for said in (">scaffold aide<", ">scaffold flat<", ">hints<", ">v10<", ">attempts<"):
        assert said in svg


def test_one_group_is_one_line_in_one_panel() -> None:
    assert panels_of(curves([()]), []) == ([()], [()])
    assert "best score so far" in curve_svg("c", curves([()]), [])


def test_too_many_groups_have_no_figure() -> None:
    assert curve_svg("c", curves([(str(number),) for number in range(25)]), ["hints"]) == ""
    assert curve_svg("c", curves([("a", str(number)) for number in range(25)]), ["hints", "x"]) == ""


def test_many_panels_stand_in_three_columns() -> None:
    assert [across([()] * count) for count in (1, 2, 4, 5)] == [1, 2, 2, 3]
