from __future__ import annotations

import argparse
import io
import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.sweep_plan import (
    FEW_RUNS,
    SweepPlan,
    ask_first,
    describe,
    make_sweep_plan,
    reasons_to_ask,
    say_estimate,
)
from agentkit.errors import AgentkitError, UsageError
from agentkit.runs.sweeps.begin import open_or_plan
from agentkit.runs.sweeps.estimate import Estimate
from agentkit.runs.sweeps.file import read_sweep_file
from agentkit.runs.sweeps.grid import read_grid
from agentkit.runs.sweeps.tries import Entry, write_entry

NUMBERS = '[axes]\ntask = ["toy/number"]\nseed = [0, 1, 2]\n[fixed]\nscaffold = "nop"\n'
Make = Callable[..., SweepPlan]


@pytest.fixture
def make(project: Path) -> Make:
    def plan(text: str = NUMBERS, **said: Any) -> SweepPlan:
        (project / "mine.toml").write_text(text)
        source = read_sweep_file(project / "mine.toml")
        sweep = open_or_plan(source, read_grid(source), project / "sweep")
        words = {"only": [], "again": False, "limit": None, "workers": None, "engine": "local", **said}
        return make_sweep_plan(sweep, argparse.Namespace(**words))

    return plan


@pytest.fixture
def costly(make: Make) -> Callable[..., SweepPlan]:
    """A plan with another estimate than its own."""

    def plan(text: str = NUMBERS, **found: Any) -> SweepPlan:
        known = Estimate(100, 0.0, 0, 0.0, 0, 0)._replace(**found)
        return SweepPlan(**{**vars(make(text)), "estimate": known, "workers": 2})

    return plan


def test_what_is_over_is_not_planned_unless_it_is_to_be_tried_again(make: Make) -> None:
    folder = make().sweep.lay_out()
    for spec, how in zip(folder.grid, ("fault", "budget", "finished"), strict=True):
        (folder.cell(spec) / "tries" / "r1").mkdir()
        (folder.cell(spec) / "tries" / "r1" / "run.json").write_text("{}")
        write_entry(folder.cell(spec), Entry(kind="ended", how=how, reason="why", run="r1"))  # type: ignore[arg-type]
    assert [row.spec.labels["seed"] for row in make().todo] == ["1"], "the budget may have been raised"
    assert [row.spec.labels["seed"] for row in make(again=True).todo] == ["0", "1"]
    assert "  1 finished, 2 failed, 1 to do now" in list(describe(make()))


def test_a_plan_says_what_is_asked_for_and_what_was_left_behind(make: Make) -> None:
    make().sweep.lay_out()
    text = NUMBERS.replace("[0, 1, 2]", "[0, 3]") + "[budget]\ndollars = 2\n"
    lines = list(describe(make(text, only=["seed=0"], workers=4)))
    assert lines[0] == "mine.toml: 2 runs"
    assert "  axes: task (1) × seed (2)" in lines
    assert "  --only leaves 1 of them" in lines
    assert "  2 runs in the folder that the file no longer asks for; kept" in lines
    assert "  engine local, 4 at once" in lines
    assert "  all together at most 2 dollars" in lines


def test_what_this_machine_lacks_is_shown_and_does_not_stop(make: Make) -> None:
    plan = make(NUMBERS.replace('scaffold = "nop"', 'model = "openai/gpt-4o"'), limit=1)
    assert any("This machine cannot run toy/number, seed 0" in line for line in describe(plan))
    assert plan.told()["lacks"][0]["labels"]["seed"] == "0"
    assert reasons_to_ask(plan) == ["what the models of 1 run cost is not known"]


def test_what_this_machine_cannot_plan_is_not_taken_for_free(make: Make) -> None:
    fixed = '[fixed]\nmodel = "openai/gpt-4o"\n'
    text = NUMBERS.partition("[fixed]")[0] + 'scaffold = ["nop", "aide"]\n' + fixed
    assert reasons_to_ask(make(text)) == ["what the models of 3 runs cost is not known"], "nop asks none"


@pytest.mark.parametrize(
    ("found", "text", "words"),
    [
        ({"minutes": 60.0}, "", ""),
        ({"minutes": 60.0, "dollars": 0.9}, "", ""),
        ({"dollars": 3.0}, "", "it may cost $3.00, more than $1.00"),
        ({"dollars": 3.0}, "[ask_above]\ndollars = 5\n", ""),
        ({"dollars": 3.0}, "[budget]\ndollars = 0.5\n", ""),
        ({"dollars_unknown": 7}, "", "what the models of 7 runs cost is not known"),
        ({"dollars_unknown": 7}, "[budget]\ndollars = 0.5\n", ""),
        ({"dollars_unknown": 7}, "[budget]\ndollars = 5\n", "is not known"),
        ({"minutes": 400.0}, "", "it may take 3 h 20 min, more than 1 h 00 min"),
        ({"minutes_unknown": FEW_RUNS}, "", ""),
        ({"minutes_unknown": 99}, "", "how long 99 runs take is not known"),
    ],
)
def test_a_person_is_asked_above_the_limits(
    costly: Callable[..., SweepPlan], found: dict[str, Any], text: str, words: str
) -> None:
    reasons = "; ".join(reasons_to_ask(costly(NUMBERS + text, **found)))
    assert (words in reasons) if words else reasons == ""


def test_where_nobody_can_be_asked_it_is_not_begun(
    costly: Callable[..., SweepPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    ask_first(costly())
    with pytest.raises(UsageError, match="was not begun") as caught:
        ask_first(costly(dollars=3.0))
    assert "--yes" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "begins"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False)]
)
def test_on_a_terminal_only_a_yes_begins(
    costly: Callable[..., SweepPlan], monkeypatch: pytest.MonkeyPatch, answer: str, begins: bool
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    with os.fdopen(theirs, "r") as terminal, os.fdopen(os.dup(theirs), "w") as screen:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stderr", screen)
        if begins:
            ask_first(costly(dollars=3.0))
        else:
            with pytest.raises(AgentkitError, match="Nothing was run"):
                ask_first(costly(dollars=3.0))
    os.close(ours)


def test_an_estimate_says_where_it_comes_from(costly: Callable[..., SweepPlan]) -> None:
    plan = costly(minutes=200.0, from_past=60, minutes_unknown=10, dollars=2.0, dollars_unknown=3)
    assert say_estimate(plan) == (
        "Estimate: about 1 h 40 min (60 by earlier runs, 30 by calibration, training alone, 10 not known); "
        "$2.00 and what 3 runs cost, which is not known."
    )
    assert say_estimate(costly(minutes_unknown=100)) == "Estimate: time not known; models $0.00."
