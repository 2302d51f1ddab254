"""Reasons to stop that a user gives, in runs of the number task: 20, a crash, 30, 40."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.runs.solve import resume


@pytest.mark.parametrize(
    ("settings", "made", "reason"),
    [
        ({"target": 30.0}, 3, "attempt a3 reached the target: score 30, wanted 30"),
        ({"patience": 1}, 2, "1 attempt in a row brought no gain"),
        ({"patience": 2, "target": 50.0}, 4, "all 4 attempts are made"),
    ],
)
def test_a_search_stops_for_what_the_user_named(
    project: Path, settings: dict[str, Any], made: int, reason: str
) -> None:
    run = agentkit.solve("toy/number", model="scripted/demo", sandbox="local", **settings)
    assert (len(run.folder.state().tree.attempts), run.summary.reason) == (made, reason)
    (run.path / "checkpoints.sqlite").unlink()
    again = resume(run.path)
    assert (len(again.folder.state().tree.attempts), again.summary.reason) == (made, reason)


def test_a_resumed_run_may_be_told_to_be_more_patient(project: Path) -> None:
    run = agentkit.solve("toy/number", model="scripted/demo", sandbox="local", patience=1)
    again = resume(run.path, patience=3)
    assert len(again.folder.state().tree.attempts) == 4


def test_the_finaliser_that_the_user_named_measures_and_answers(project: Path) -> None:
    """Four attempts: 20, a crash, 30, 40. The two fittest are measured, whatever the scaffold says."""
    named: dict[str, Any] = {"finaliser": "topk:2", "measurements": 2}
    run = agentkit.solve("toy/number", model="scripted/demo", sandbox="local", **named)
    measured = [attempt for attempt, _ in run.folder.state().measured]
    assert sorted(measured) == ["a3", "a3", "a4", "a4"]
    assert run.best is not None
    assert run.best.attempt == "a4"
