"""kill -9 of agentkit while it trains: what it began goes on, and the resumed run finds it again.

A dozen kills in the middle of a training job, in four cases that may run side by side; AGENTKIT_JOB_KILLS
sets how many each of them makes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from agentkit.sandboxes.gpus.holder import Holder
from agentkit.sandboxes.jobs.following import is_alive
from agentkit.sandboxes.process_tree import carries, everything
from tests.agentkit.runs.counting_task import (
    SEEDS,
    STEPS,
    counted,
    forget,
    only_run,
    solve,
    start,
    told,
    wait_for,
    write_counting_task,
)
from tests.agentkit.runs.stub_runs import what_happened

pytestmark = pytest.mark.real

KILLS = int(os.environ.get("AGENTKIT_JOB_KILLS", "3"))
LONG_STEP_SECONDS = 0.4
"""So that a resumed run finds the job still running, and can be killed beside it once more."""
ONCE = [f"{word} {seed}" for seed in SEEDS for word in ("begin", "end")]


@pytest.fixture
def counting(project: Path) -> Path:
    """The folder of the counting task."""
    write_counting_task(project / "tasks" / "count")
    return project / "tasks" / "count"


def supervisors(run: Path) -> list[Holder]:
    files = run.glob("jobs/*/*/*/supervisor.json")
    return [Holder.model_validate_json(path.read_text()) for path in files]


def running(run: Path) -> list[Holder]:
    return [each for each in supervisors(run) if is_alive(each)]


def job_processes(holder: Holder) -> list[int]:
    return [pid for pid in everything() if carries(pid, holder.marker.encode())]


@pytest.mark.slow
@pytest.mark.parametrize("half", [1, 2])
@pytest.mark.parametrize("sandbox", ["bubblewrap", "local"])
def test_a_training_job_outlives_agentkit_and_runs_once(counting: Path, sandbox: str, half: int) -> None:
    assert solve("calm", sandbox).wait() == 0
    whole = what_happened(only_run("calm"))
    (counting / "step_seconds").write_text(str(LONG_STEP_SECONDS))
    choose = random.Random(f"{sandbox} {half}")
    landed = attached = 0
    for _ in range(4 * KILLS):
        forget(counting, "killed")
        landed += killed_again_and_again("killed", sandbox, counting, choose)
        run = only_run("killed")
        assert counted(counting) == ONCE
        assert what_happened(run) == whole
        assert not (run / "jobs").exists()
        attached += sum(each.data["attached"] for each in told(run, "job"))
        if landed >= KILLS:
            break
    print(f"{sandbox}: {landed} kills beside a running job, {attached} times it was found again")
    assert landed >= KILLS, "too few kills hit a job that was running"
    assert attached >= KILLS / 4


def killed_again_and_again(runs: str, sandbox: str, counting: Path, choose: random.Random) -> int:
    """Solve, kill, resume, kill, … until one ends. Returns how many kills found a job running."""
    process = solve(runs, sandbox)
    wait_for(lambda: counted(counting))
    run, landed = only_run(runs), 0
    while True:
        time.sleep(choose.uniform(0.0, STEPS * LONG_STEP_SECONDS))
        process.send_signal(signal.SIGKILL)
        ended = process.wait()
        if ended != -signal.SIGKILL:
            assert ended == 0
            return landed
        landed += bool(running(run))
        # Then its job ends meanwhile, or runs on.
        time.sleep(choose.choice([0.0, 0.3, STEPS * LONG_STEP_SECONDS]))
        known = len(told(run, "job"))
        process = start("resume", str(run))
        if choose.random() < 0.75:  # else the next kill may come while it starts
            wait_for(lambda: len(told(run, "job")) > known or process.poll() is not None)  # noqa: B023


@pytest.mark.parametrize("sandbox", ["bubblewrap", "local"])
def test_a_killed_supervisor_is_said_and_its_job_is_done_again(counting: Path, sandbox: str) -> None:
    process = solve("killed", sandbox)
    wait_for(lambda: counted(counting))
    run = only_run("killed")
    (holder,) = running(run)
    os.kill(holder.pid, signal.SIGKILL)
    assert process.wait() == 0
    assert job_processes(holder) == []
    assert counted(counting).count("begin 0") == 2
    assert counted(counting).count("end 0") == 1
    (note,) = told(run, "note")
    assert "a1-0/training was lost: its supervisor was killed. It begins again." in note.data["text"]
    assert [each.data["status"] for each in told(run, "job_ended")] == ["lost", "ok", "ok", "ok"]
    assert len(told(run, "outcome")) == 1


def test_agentkit_and_the_supervisor_killed_together(counting: Path) -> None:
    process = solve("killed", "bubblewrap")
    wait_for(lambda: counted(counting))
    run = only_run("killed")
    (holder,) = running(run)
    for pid in (process.pid, holder.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    assert start("resume", str(run)).wait() == 0
    assert counted(counting).count("begin 0") == 2
    assert len(told(run, "note")) == 1


def test_only_one_process_may_resume(counting: Path) -> None:
    process = solve("killed", "bubblewrap")
    wait_for(lambda: counted(counting))
    run = only_run("killed")
    process.kill()
    process.wait()
    both = [start("resume", str(run), stderr=subprocess.DEVNULL) for _ in range(2)]
    assert sorted(each.wait() for each in both) == [0, 4]
    assert counted(counting) == ONCE


def test_a_job_over_its_limit_ends_without_agentkit(counting: Path) -> None:
    (counting / "limit").write_text("2")
    (counting / "step_seconds").write_text("600")
    process = solve("killed", "bubblewrap")
    wait_for(lambda: counted(counting))
    run = only_run("killed")
    process.kill()
    process.wait()
    (holder,) = supervisors(run)
    wait_for(lambda: not is_alive(holder))
    assert job_processes(holder) == []
    (result,) = run.glob("jobs/*/*/*/result.json")
    assert json.loads(result.read_text())["result"]["status"] == "timeout"
    start("resume", str(run)).wait()
    assert [each.data["status"] for each in told(run, "outcome")] == ["timeout"]
    assert counted(counting) == ["begin 0"]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_stopping_agentkit_stops_its_jobs(counting: Path, by: signal.Signals) -> None:
    process = solve("stopped", "bubblewrap")
    wait_for(lambda: counted(counting))
    run = only_run("stopped")
    (holder,) = running(run)
    process.send_signal(by)
    assert process.wait() in (130, 143)
    assert not is_alive(holder)
    assert job_processes(holder) == []
    assert not (run / "jobs").exists()
    assert [each.data["status"] for each in told(run, "job_ended")] == ["stopped"]


def test_a_closed_terminal_leaves_the_job_running(counting: Path) -> None:
    """The whole foreground group hears of it: SIGINT by Ctrl-C, SIGHUP by a closed window."""
    words = ("--scaffold", "nop", "--measurements", "0", "--sandbox", "bubblewrap", "--runs-folder", "gone")
    process = start("solve", "count/steps", *words, start_new_session=True)
    wait_for(lambda: counted(counting))
    os.killpg(process.pid, signal.SIGHUP)
    assert process.wait() == -signal.SIGHUP
    run = only_run("gone")
    (holder,) = supervisors(run)
    assert os.getpgid(holder.pid) == holder.pid if is_alive(holder) else True
    assert start("resume", str(run)).wait() == 0
    assert counted(counting) == ["begin 0", "end 0"]


def test_a_killed_calibration_goes_on_with_the_job_it_had_begun(counting: Path) -> None:
    words = ("calibrate", "count/ends", "--sandbox", "bubblewrap")
    process = start(*words, stdout=subprocess.DEVNULL)
    wait_for(lambda: "begin 900002" in counted(counting))
    process.kill()
    process.wait()
    assert start(*words, stdout=subprocess.DEVNULL).wait() == 0
    for seed in ("900001", "900002", "900003"):
        for word in ("begin", "end"):
            assert counted(counting).count(f"{word} {seed}") == 2, "once for each end"
    assert not list(Path("cache").rglob("*.jobs"))
