"""kill -9 of agentkit while it trains: what it began goes on, and the resumed run finds it again.

AGENTKIT_JOB_KILLS sets how many kills a sandbox; twenty take about four minutes on two cores.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.contracts.events import Event
from agentkit.runs.folder import open_run
from agentkit.sandboxes.gpus.holder import Holder
from agentkit.sandboxes.jobs.following import is_alive
from agentkit.sandboxes.process_tree import carries, everything
from tests.agentkit.runs.stub_runs import what_happened

pytestmark = pytest.mark.real

KILLS = int(os.environ.get("AGENTKIT_JOB_KILLS", "3"))
STEPS, STEP_SECONDS = 6, 0.15

ADAPTER = """
from pathlib import Path

from agentkit import Candidate, Command, Environment, Limits, Metric, Mount, Outcome, Task, TaskEntry

FOLDER = Path(__file__).resolve().parent
COUNTER = FOLDER / "counter"


class Counting:
    def lacks(self):
        return []

    def prepare(self, cache):
        COUNTER.mkdir(exist_ok=True)
        return Environment()

    async def evaluate(self, candidate):
        def lay_out(folder):
            (folder / "train.py").write_bytes((candidate.folder / "train.py").read_bytes())
            environment = Environment(
                mounts=(Mount(source=COUNTER, target=Path("/counter"), writable=True),),
                variables={"COUNTER": "/counter/lines", "SEED": str(candidate.seed)},
                limits=Limits(seconds=float((FOLDER / "limit").read_text())),
            )
            log = candidate.logs / f"training-{candidate.seed}.log"
            return Command(argv=("python", "train.py"), folder=folder, environment=environment, log=log)

        job = await candidate.jobs.run("training", lay_out, on_output=candidate.on_output)
        if job.result.status == "timeout":
            return Outcome(status="timeout", isolation=candidate.sandbox.name)
        score = float((job.command.folder / "answer").read_text())
        return Outcome(
            status="valid", metrics={"score": score}, trust="verified", isolation=candidate.sandbox.name
        )


class Count:
    purpose = "Counting"
    profiles = ()

    def entries(self):
        return [TaskEntry(name=name, purpose="Count") for name in ("steps", "ends")]

    def load(self, name, profile):
        return Task(
            reference=f"count/{name}", title="Count", purpose="Count", instructions="Count.",
            files={"train.py": FOLDER / "train.py"}, metric=Metric(name="score"), evaluator=Counting(),
            folder=FOLDER, digest="d",
            solution={"train.py": FOLDER / "solution.py"} if name == "ends" else {},
        )


benchmark = Count()
"""
TRAIN = f"""
import os, time
seed = os.environ["SEED"]

def count(word):
    with open(os.environ["COUNTER"], "a") as file:
        file.write(f"{{word}} {{seed}}\\n")

count("begin")
for step in range(1, {STEPS} + 1):
    print(f"step:{{step}}/{STEPS} loss:{{1 / step}}", flush=True)
    time.sleep({STEP_SECONDS})
with open("answer", "w") as file:
    file.write(seed)
count("end")
"""
SEEDS = ("0", "500", "501")
"""Of the attempt and of its two measurements."""


@pytest.fixture
def counting(project: Path) -> Path:
    """A task whose training counts itself, on this side of the sandbox."""
    folder = project / "tasks" / "count"
    folder.mkdir()
    (folder / "adapter.py").write_text(ADAPTER)
    (folder / "train.py").write_text(TRAIN)
    (folder / "solution.py").write_text(TRAIN.replace("file.write(seed)", "file.write('9' + seed)"))
    (folder / "limit").write_text("120")
    return folder


def start(*words: str, **how: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-m", "agentkit", *words, "--quiet"], env=environment, **how)


def solve(runs: str, sandbox: str) -> subprocess.Popen[bytes]:
    words = ("--scaffold", "nop", "--measurements", "2", "--sandbox", sandbox, "--runs-folder", runs)
    return start("solve", "count/steps", *words)


def counted(counting: Path) -> list[str]:
    path = counting / "counter" / "lines"
    return path.read_text().splitlines() if path.exists() else []


def forget(counting: Path, runs: str) -> None:
    shutil.rmtree(runs, ignore_errors=True)
    shutil.rmtree(counting / "counter", ignore_errors=True)


def wait_for(condition: Callable[[], Any], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def told(run: Path, kind: str) -> list[Event]:
    return [each for each in open_run(run).events() if each.kind == kind]


def only_run(runs: str) -> Path:
    (journal,) = Path(runs).glob("*/journal.jsonl")
    return journal.parent


def supervisors(run: Path) -> list[Holder]:
    files = run.glob("jobs/*/*/*/supervisor.json")
    return [Holder.model_validate_json(path.read_text()) for path in files]


def running(run: Path) -> list[Holder]:
    return [each for each in supervisors(run) if is_alive(each)]


def job_processes(holder: Holder) -> list[int]:
    return [pid for pid in everything() if carries(pid, holder.marker.encode())]


@pytest.mark.parametrize("sandbox", ["bubblewrap", "local"])
def test_a_training_job_outlives_agentkit_and_runs_once(counting: Path, sandbox: str) -> None:
    once = [f"{word} {seed}" for seed in SEEDS for word in ("begin", "end")]
    assert solve("calm", sandbox).wait() == 0
    assert counted(counting) == once
    whole = what_happened(only_run("calm"))
    choose = random.Random(sandbox)
    attached = in_flight = 0
    for kill in range(KILLS):
        forget(counting, "killed")
        process = solve("killed", sandbox)
        wait_for(lambda: counted(counting))
        time.sleep(choose.uniform(0.0, 2.5 * STEPS * STEP_SECONDS))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        run = only_run("killed")
        in_flight += bool(running(run))
        # Then it has ended meanwhile, or runs on.
        time.sleep(choose.choice([0.0, 0.3, 2 * STEPS * STEP_SECONDS]))
        assert start("resume", str(run)).wait() == 0, f"kill {kill}"
        assert counted(counting) == once, f"kill {kill}"
        assert what_happened(run) == whole, f"kill {kill}"
        assert not (run / "jobs").exists()
        attached += any(each.data["attached"] for each in told(run, "job"))
    print(f"{sandbox}: of {KILLS} kills {in_flight} hit a running job, {attached} runs attached to one")
    assert in_flight >= KILLS / 4, "most kills hit a job that was running"


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
    assert counted(counting) == [f"{word} {seed}" for seed in SEEDS for word in ("begin", "end")]


def test_a_job_over_its_limit_ends_without_agentkit(counting: Path) -> None:
    (counting / "limit").write_text("2")
    (counting / "train.py").write_text(TRAIN.replace(f"time.sleep({STEP_SECONDS})", "time.sleep(600)"))
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
