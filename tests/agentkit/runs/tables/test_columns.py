from __future__ import annotations

import pytest

from agentkit.errors import UnknownName
from agentkit.runs.tables.columns import column, column_names, configuration, numeric_column, shown
from tests.agentkit.runs.tables.written_runs import row

ROWS = [
    row(labels={"setup": "wide", "seed": "7"}, settings={"width": 8}, caps={"attempts": 3}, seed=7),
    row(settings={"patience": 2}, tokens=50),
]


def test_settings_caps_and_axes_are_columns() -> None:
    names = column_names(ROWS)
    assert {"axis.setup", "settings.width", "settings.patience", "cap.attempts", "score"} <= set(names)
    assert [column("setup", ROWS)(each) for each in ROWS] == ["wide", None]
    assert column("width", ROWS)(ROWS[0]) == column("settings.width", ROWS)(ROWS[0]) == 8
    assert [column("cap.attempts", ROWS)(each) for each in ROWS] == [3, None]
    assert column("attempts", ROWS)(ROWS[0]) == 2, "what was made, not what was allowed"


def test_an_axis_goes_before_a_column_of_its_name() -> None:
    assert [column("seed", ROWS)(each) for each in ROWS] == ["7", 0]


def test_an_unknown_column_is_told_with_its_nearest() -> None:
    with pytest.raises(UnknownName, match="no column 'tokns'") as caught:
        column("tokns", ROWS)
    assert "tokens" in str(caught.value)


def test_only_numbers_have_a_mean() -> None:
    assert [numeric_column("tokens", ROWS)(each) for each in ROWS] == [None, 50.0]
    assert numeric_column("seed", ROWS)(ROWS[0]) == 7.0
    with pytest.raises(UnknownName, match="no column of numbers 'scaffold'"):
        numeric_column("scaffold", ROWS)


def test_values_as_they_are_written() -> None:
    assert [shown(each) for each in (None, True, ["a", "b"], 0.1 + 0.2, 3)] == ["", "yes", "a+b", "0.3", "3"]


def test_a_configuration_is_all_that_was_chosen() -> None:
    told = configuration(ROWS[0])
    assert told["settings.width"] == "8" and told["cap.attempts"] == "3" and told["scaffold"] == "aide"
    assert "task" not in told and "seed" not in told


@pytest.mark.parametrize("name", ["value", "loss", "judge_score", "score_low", "score_high"])
def test_means_are_of_answers_of_finished_runs(name: str) -> None:
    rows = [row(**{name: 3.0}), row(**{name: 1.0}, state="failed"), row(**{name: 2.0}, state="interrupted")]
    assert [numeric_column(name, rows)(each) for each in rows] == [3.0, None, None]
    spent = [row(minutes=3.0), row(minutes=1.0, state="failed")]
    assert [numeric_column("minutes", spent)(each) for each in spent] == [3.0, 1.0]
