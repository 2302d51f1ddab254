from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.contracts.sweep import RunSpec
from agentkit.runs.sweeps.check import Facts
from agentkit.runs.sweeps.estimate import Past, estimate, past_of, read_past, spread

CELL = Facts("toy/number", "aide", "some/model", attempts=4, measurements=3, start_seconds=12.0)
PAST = [
    Past("toy/number", "aide", "some/model", 3.0, 0.5),
    Past("toy/number", "aide", "some/model", 5.0, 0.7),
    Past("toy/number", "aide", "some/model", 90.0, None),
    Past("toy/number", "aide", "other/model", 8.0, 0.1),
    Past("toy/other", "aide", "some/model", 70.0, 9.0),
]


def test_the_most_alike_runs_decide() -> None:
    found = estimate([CELL], PAST)
    assert (found.minutes, found.from_past, found.minutes_unknown) == (5.0, 1, 0)
    assert found.dollars == pytest.approx(0.6)
    other = CELL._replace(model="third/model")
    assert estimate([other], PAST).minutes == 6.5, "another model's, with the same task and scaffold"
    assert estimate([other], PAST).dollars_unknown == 1
    assert estimate([CELL._replace(task="toy/third")], PAST).dollars == 0.7


def test_without_earlier_runs_a_calibration_tells_the_training_alone() -> None:
    found = estimate([CELL, CELL._replace(start_seconds=None)], [])
    assert (found.minutes, found.minutes_unknown, found.from_past) == ((4 + 3) * 12.0 / 60, 1, 0)
    assert (found.dollars, found.dollars_unknown) == (0.0, 2)


@pytest.mark.parametrize("model", ["none", "scripted/demo", "simulated/modest", "replay/run"])
def test_what_asks_no_server_costs_nothing(model: str) -> None:
    found = estimate([CELL._replace(model=model)], [])
    assert (found.dollars, found.dollars_unknown) == (0.0, 0)


def test_cells_that_were_not_planned_have_the_facts_of_the_most_alike() -> None:
    def spec(task: str, scaffold: str, seed: int) -> RunSpec:
        return RunSpec(task=task, settings={"seed": seed}, labels={"scaffold": scaffold, "seed": str(seed)})

    checked = [
        (spec("a/a", "one", 0), CELL._replace(task="a/a")),
        (spec("a/a", "two", 0), CELL._replace(task="a/a", scaffold="two")),
        (spec("b/b", "one", 0), CELL._replace(task="b/b")),
    ]
    found = spread([spec("a/a", "two", 5), spec("b/b", "two", 5)], checked)
    assert [(each.task, each.scaffold) for each in found if each] == [("a/a", "two"), ("b/b", "aide")]


def test_of_what_this_machine_lacks_something_for_nothing_is_known() -> None:
    nop, live = (RunSpec(task="a/a", labels={"scaffold": name}) for name in ("nop", "aide"))
    facts = spread([nop, live], [(live, None), (nop, CELL._replace(model="none", start_seconds=None))])
    assert facts[1] is None
    found = estimate(facts, [])
    assert (found.runs, found.minutes_unknown, found.dollars_unknown) == (2, 2, 1)


def test_only_runs_that_ended_tell_anything(tmp_path: Path) -> None:
    told = {
        "state": "ended",
        "task": "t",
        "scaffold": "s",
        "model": "m",
        "budget": {"minutes": 2, "dollars": None},
    }
    for name, change in (("r1", {}), ("r2", {"state": "failed"}), ("r3", {"budget": None})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(json.dumps({**told, **change}))
    (tmp_path / "r4").mkdir()
    assert read_past(tmp_path.iterdir()) == [Past("t", "s", "m", 2.0, None)]
    assert past_of(tmp_path / "nothing") is None
