from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import UnknownName
from agentkit.runs.reports.groups import (
    by_task,
    chosen_columns,
    grouped,
    heading,
    name_of,
    named_columns,
    natural,
    paired_cells,
    scored,
)
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.reports.rows import row


def test_a_sweeps_axes_are_compared_but_not_what_a_mean_is_over() -> None:
    rows = [
        row(0.1, labels={"seed": str(seed), "hints": hints, "width": width, "task": "t"}, seed=seed)
        for seed in (0, 1)
        for hints in ("none", "text")
        for width in ("1", "2")
    ]
    assert chosen_columns(rows) == ("axis.hints", "axis.width")
    assert [heading(name) for name in chosen_columns(rows)] == ["hints", "width"]
    assert named_columns(["width", "scaffold"], rows) == ("axis.width", "scaffold")


def test_without_a_sweep_what_differs_of_the_usual_is() -> None:
    rows = [
        row(0.1, hints=hints, model=model, seed=seed) for hints in "ab" for model in "cd" for seed in (0, 1)
    ]
    assert chosen_columns(rows) == ("hints", "model")
    assert chosen_columns(rows[:1]) == ()
    mixed = [*rows, row(0.2, labels={"hints": "x"})]
    assert chosen_columns(mixed) == ("hints", "model"), "an axis that some runs lack tells nothing of them"


def test_a_column_that_nobody_has_is_told() -> None:
    with pytest.raises(UnknownName, match="scafold"):
        named_columns(["scafold"], [row(0.1)])


def test_groups_come_in_the_order_that_people_count_in() -> None:
    rows = [row(0.1, hints=hints) for hints in ("text", "v12", "none", "v2")]
    assert list(grouped(rows, ["hints"])) == [("none",), ("text",), ("v2",), ("v12",)]
    assert list(by_task([row(0.1, task=task) for task in ("record12", "record2")])) == ["record2", "record12"]
    assert name_of(()) == "all runs"
    assert name_of(("", "b")) == "none · b"
    widths = [row(0.1, hints=width) for width in ("10", "0.5", "1e-05", "0.25", "-1", "2")]
    assert [group for (group,) in grouped(widths, ["hints"])] == ["-1", "1e-05", "0.25", "0.5", "2", "10"]


def test_a_run_that_has_no_value_is_with_those_that_have_none() -> None:
    rows = [row(0.1), row(None, state="missing", hints="")]
    assert grouped(rows, ["hints"]) == {("none",): rows}
    assert chosen_columns(rows) == ()


@given(st.lists(st.text("v1²٣ no", max_size=6), max_size=5))
def test_any_names_can_be_put_in_order(names: list[str]) -> None:
    once = sorted(names, key=natural)
    assert sorted(once, key=natural) == once


def test_a_run_that_did_not_finish_has_no_part_in_a_mean() -> None:
    assert scored(row(0.0)) == 0.0
    assert scored(row(0.7, state="failed")) is None


def test_a_seed_that_was_run_twice_is_two_cells() -> None:
    twice = [row(0.2, run="b"), row(0.1, run="a"), row(None, state="missing", seed=1)]
    found = paired_cells(twice, [row(0.3)])
    assert found is not None
    assert [list(cells.values()) for cells in found] == [[0.1, 0.2], [0.3]]
    assert len(found[0].keys() & found[1].keys()) == 1


def test_runs_are_paired_with_their_like_and_with_no_other() -> None:
    def runs(hints: str, **scores: float) -> list[RunRow]:
        return [row(score, hints=hints, scaffold=name, run=name) for name, score in scores.items()]

    found = paired_cells(runs("text", aide=0.1, tree=0.2), runs("none", tree=0.7))
    assert found is not None
    (common,) = found[0].keys() & found[1].keys()
    assert (found[0][common], found[1][common]) == (0.2, 0.7)
    assert paired_cells(runs("text", aide=0.1, tree=0.2), runs("none", flat=0.7)) is None
