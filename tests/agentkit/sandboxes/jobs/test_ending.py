"""Ending a job from outside."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from typing import Any

import pytest

from agentkit.errors import RunProblem
from agentkit.sandboxes.jobs.ending import estimate_gpu_seconds, lose, stop_supervisor, why_lost
from agentkit.sandboxes.jobs.folder import Began, Report

pytestmark = pytest.mark.real


def test_a_supervisor_that_is_frozen_is_ended_with_its_job(
    workshop: Any, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.sandboxes.jobs.ending.STOP_SECONDS", 0.5)
    asyncio.run(workshop.jobs().start("training", workshop.make(600)))
    place = workshop.last_try()
    waiting(lambda: workshop.begun == 1)
    os.kill(place.supervisor.pid, signal.SIGSTOP)
    asyncio.run(stop_supervisor(place))
    assert not workshop.alive(place)
    assert workshop.processes(place) == []
    assert place.report is None


def test_one_that_has_not_begun_never_will(workshop: Any) -> None:
    asyncio.run(workshop.jobs().run("training", workshop.make()))
    place = workshop.last_try()
    (place.path / "supervisor.json").unlink()
    asyncio.run(stop_supervisor(place))
    assert place.spec is None


def test_a_supervisor_out_of_sight_is_not_taken_for_dead(workshop: Any) -> None:
    asyncio.run(workshop.jobs().run("training", workshop.make()))
    place = workshop.last_try()
    (place.path / "result.json").unlink()
    with (place.path / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunProblem, match="cannot be seen from here"):
            asyncio.run(lose(place))
    asyncio.run(lose(place))
    assert place.lost is not None and place.lost.reason == "its supervisor was killed"


def test_what_a_lost_job_has_cost_is_estimated_from_above(workshop: Any) -> None:
    asyncio.run(workshop.jobs(seconds=50).run("training", workshop.make(limit=100)))
    place = workshop.last_try()
    assert estimate_gpu_seconds(place) == 0.0
    assert why_lost(place) == "it was stopped from outside"
    (place.path / "result.json").unlink()
    place.write(Began(time=time.time() - 10, devices=("0", "1")))
    assert 20 <= estimate_gpu_seconds(place) < 60
    place.write(Began(time=time.time() - 1000, devices=("0", "1")))
    assert estimate_gpu_seconds(place) == 100
    place.write(Report(gpu_seconds=7.0))
    assert estimate_gpu_seconds(place) == 7.0
