from __future__ import annotations

import pytest

from agentkit.runs.reports.ladder import ladder, ladder_section
from tests.agentkit.runs.reports.rows import row

STEPS = [
    row(0.5, task="speedrun/record12", profile="pocket"),
    row(0.7, task="speedrun/record12", profile="pocket", reference_start=42.0, seed=1),
    row(1.2, task="speedrun/record2", profile="pocket", reference_start=90.0, reference_target=70.0),
    row(None, task="speedrun/record2", profile="pocket", state="failed", reference_start=None),
    row(0.9, task="kernels/softmax"),
]


def test_a_share_is_a_place_between_two_records() -> None:
    found = ladder(STEPS, "")
    assert found is not None
    assert list(found.rungs) == ["speedrun/record2 pocket", "speedrun/record12 pocket"]
    rung = found.rungs["speedrun/record12 pocket"]
    assert (rung.start, rung.target) == (41.0, 30.0)
    assert rung.reached(0.0) == rung.start
    assert rung.reached(1.0) == rung.target
    assert rung.shares["all runs"].value == pytest.approx(0.6)
    section = ladder_section(STEPS, found)
    assert section.table.rows[0] == ("speedrun/record2 pocket", "90", "70", "66", "1.20", "–", "1", "1")
    assert section.finding == (
        "Over 2 steps of the ladder, 0.90 of a step's speed-up is recovered in the mean; the whole of it in "
        "1 of them (n = 3, 1 missing)."
    )
    assert found.metric == "cpu_seconds, s"


def test_other_tasks_are_no_ladder() -> None:
    assert ladder(STEPS[-1:], "") is None
    assert ladder([row(0.1, task="speedrun/record1", reference_start=None)], "") is None


def test_series_are_beside_each_other() -> None:
    found = ladder([row(0.1, task="record3", hints="a"), row(0.2, task="record3", hints="b")], "hints")
    assert found is not None
    assert found.series == ("a", "b")
    assert [line[1] for line in ladder_section([], found).table.rows] == ["a", "b"]
