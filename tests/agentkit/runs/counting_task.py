"""A task whose training counts itself, on this side of the sandbox, and the command that works on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import agentkit
from agentkit.contracts.events import Event
from agentkit.runs.folder import open_run

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
                variables={
                    "COUNTER": "/counter/lines",
                    "SEED": str(candidate.seed),
                    "STEP_SECONDS": (FOLDER / "step_seconds").read_text(),
                },
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
    time.sleep(float(os.environ["STEP_SECONDS"]))
with open("answer", "w") as file:
    file.write(seed)
count("end")
"""
SEEDS = ("0", "500", "501")
"""Of the attempt and of its two measurements."""


def write_counting_task(folder: Path) -> None:
    folder.mkdir()
    (folder / "adapter.py").write_text(ADAPTER)
    (folder / "train.py").write_text(TRAIN)
    (folder / "solution.py").write_text(TRAIN.replace("file.write(seed)", "file.write('9' + seed)"))
    (folder / "limit").write_text("120")
    (folder / "step_seconds").write_text(str(STEP_SECONDS))


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
