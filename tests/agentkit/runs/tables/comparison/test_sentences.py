from __future__ import annotations

import pytest

from agentkit.runs.tables.comparison.sentences import notes_on_rows, say, say_p
from agentkit.runs.tables.comparison.sides import Side
from tests.agentkit.runs.tables.written_runs import row


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.1234, "0.12"), (0.0312, "0.031"), (0.00123, "0.0012"), (0.0, "0.00"), (-0.5, "-0.50")],
)
def test_differences_keep_what_matters(value: float, shown: str) -> None:
    assert say(value) == shown


@pytest.mark.parametrize(("p", "shown"), [(0.00001, "p<0.0001"), (0.0043, "p=0.0043"), (0.5, "p=0.50")])
def test_a_probability_is_never_said_to_be_nothing(p: float, shown: str) -> None:
    assert say_p(p) == shown


def test_what_weakens_every_figure_is_said() -> None:
    weak = {"simulated": True, "trust": "claimed", "measurable": False}
    simulated, claimed, noisy = notes_on_rows([Side("a", [row(**weak), row(model="none", **weak)])], "score")
    assert "simulated" in simulated and "claimed of themselves" in claimed and noisy.endswith(": toy/one.")
    assert list(notes_on_rows([Side("a", [row(measurable=True)])], "score")) == []
    assert list(notes_on_rows([Side("a", [row(measurable=False)])], "minutes")) == []


def test_a_simulation_is_said_beside_runs_of_which_nothing_is_known() -> None:
    played, unread = row(simulated=True), row(state="missing", model="", score=None, trust=None)
    (note,) = notes_on_rows([Side("a", [played]), Side("b", [unread])], "score")
    assert note.startswith("All runs are simulated")
    (note,) = notes_on_rows([Side("a", [played, unread]), Side("b", [row()])], "score")
    assert note.startswith("1 of 2 runs are simulated")
