from __future__ import annotations

import pytest

from agentkit.runs.reports.heat_map import heat_map, heat_section
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.reports.rows import row


def rows_of(group: dict[str, str], *scores: float | None) -> list[RunRow]:
    return [
        row(score, seed=seed, state="finished" if score is not None else "failed", **group)
        for seed, score in enumerate(scores)
    ]


ROWS = [
    *rows_of({"hints": "none", "scaffold": "aide"}, 0.1, 0.2, None),
    *rows_of({"hints": "text", "scaffold": "aide"}, 0.6, 0.7, 0.65),
    *rows_of({"hints": "none", "scaffold": "flat"}, None),
]


def test_each_cell_says_what_it_rests_on() -> None:
    found = heat_map(ROWS, ["hints", "scaffold"], "fixed")
    assert (found.down, found.across, found.axes) == (
        ("none", "text"),
        ("aide", "flat"),
        ("hints", "scaffold"),
    )
    cells = {place: (cell.mean, cell.n, cell.missing) for place, cell in found.cells.items()}
    assert cells == {
        ("none", "aide"): (pytest.approx(0.15), 2, 1),
        ("text", "aide"): (pytest.approx(0.65), 3, 0),
        ("none", "flat"): (None, 0, 1),
    }
    table = heat_section(found, "fixed").table
    assert table.columns[:3] == ("hints", "scaffold", "mean score")
    assert table.rows[-1][:3] == ("text", "aide", "0.65")
    assert all(len(line) == len(table.columns) for line in table.rows)


def test_the_finding_compares_the_best_with_the_second_run_by_run() -> None:
    said = heat_section(heat_map(ROWS, ["hints"], "fixed"), "fixed").finding
    assert said.startswith("text has the highest mean score, 0.65 (")
    assert "n = 3; over 2 shared runs it is 0.50 above the second, none" in said
    close = [*rows_of({"hints": "a"}, 0.1, 0.9, 0.4), *rows_of({"hints": "b"}, 0.8, 0.1, 0.4)]
    assert "may well be chance" in heat_section(heat_map(close, ["hints"], "fixed"), "fixed").finding


def test_what_shares_nothing_is_not_compared() -> None:
    apart = [*rows_of({"hints": "a", "task": "x"}, 0.1, 0.2), *rows_of({"hints": "b", "task": "y"}, 0.3, 0.3)]
    assert "cannot be compared" in heat_section(heat_map(apart, ["hints"], "fixed"), "fixed").finding


def test_groups_of_one_name_are_one_and_lose_no_run() -> None:
    damaged = row(None, state="missing", hints="", scaffold="")
    found = heat_map([*ROWS[:3], damaged], ["hints"], "fixed")
    assert {place: (cell.n, cell.missing) for place, cell in found.cells.items()} == {("none", ""): (2, 2)}
    named = [row(0.1, scaffold="a · b", model="c"), row(0.3, scaffold="a", model="b · c")]
    (cell,) = heat_map(named, ["hints", "scaffold", "model"], "fixed").cells.values()
    assert cell.n == 2 and cell.mean == pytest.approx(0.2)


def test_unlike_runs_are_no_pair() -> None:
    """Without aide on one side, its runs of a seed are not those of tree on the other."""
    tree = {"scaffold": "tree"}
    rows = [
        *rows_of({"hints": "text", "scaffold": "aide"}, 0.1, 0.1),
        *rows_of({"hints": "text", **tree}, 0.9, 0.8),
        *rows_of({"hints": "none", **tree}, 0.4, 0.3),
    ]
    said = heat_section(heat_map(rows, ["hints"], "fixed"), "fixed").finding
    assert "over 2 shared runs it is 0.50 above the second, none" in said
    flat = [*rows[:4], *rows_of({"hints": "none", "scaffold": "flat"}, 0.4, 0.3)]
    said = heat_section(heat_map(flat, ["hints"], "fixed"), "fixed").finding
    assert said.endswith("differ in other settings, too, so the two cannot be compared run by run.")


def test_one_group_and_none_with_a_score() -> None:
    one = heat_section(heat_map(rows_of({}, 0.1, 0.2), [], "fixed"), "fixed")
    assert one.title == "Mean score"
    assert one.table.rows[0][:2] == ("all runs", "0.15")
    silent = heat_section(heat_map(rows_of({}, None), [], "fixed"), "fixed")
    assert silent.finding == "No run has a score."
    assert silent.table.rows[0][1] == "–"


def test_three_columns_make_pairs_of_the_last_two() -> None:
    found = heat_map(ROWS, ["hints", "scaffold", "model"], "fixed")
    assert found.across == ("aide · live/model", "flat · live/model")
    assert heat_section(found, "fixed").table.columns[:2] == ("hints", "scaffold · model")
