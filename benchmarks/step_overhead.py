"""What a step of the tool loop costs: a scripted model, a tool that does nothing, every record on disk.

Beside it, in the same run, the floor: the same bytes as JSON lines with one fsync a record. Payload as in
the peers' measurements: 500 bytes of thought and 2,000 bytes of result a step, all different. Start-up and
imports are not counted; the graph, the journal and the evaluation at the end are.

    python -m benchmarks.step_overhead [--repeats 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Candidate, Lack, Metric, Task
from agentkit.contracts.tool import ToolContext, ToolResult, reading_tool
from agentkit.graph.drive import drive
from agentkit.journal.blobs import Blobs
from agentkit.journal.log import Journal
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import RunContext
from agentkit.search.operators import WORK

RANDOM = random.Random(0)


def text(size: int) -> str:
    return (f"{RANDOM.randrange(10**9)} lorem ipsum " * (size // 20 + 1))[:size]


@reading_tool
async def noop(context: ToolContext, number: int) -> ToolResult:
    """Do nothing.

    number: of the step.
    """
    return ToolResult(ok=True, summary="done", text=text(2000))


@reading_tool
async def submit(context: ToolContext) -> ToolResult:
    """Hand in."""
    return ToolResult(ok=True, summary="submitted", submitted=True)


class Script:
    """`steps` calls of the no-op, then submit."""

    name = "scripted/steps"
    offers_tools = True

    def __init__(self, steps: int) -> None:
        self.steps = steps

    async def reply(self, request: ModelRequest) -> Reply:
        position = request.position
        if position.stage != "code":
            return Reply(message=Message(role="assistant", text="nothing to add"))
        last = position.index == self.steps
        call = ToolCall(
            id=f"call-{position.index}",
            name="submit" if last else "noop",
            arguments={} if last else {"number": position.index},
        )
        return Reply(message=Message(role="assistant", text=text(500), tool_calls=(call,)))


class OneAttempt:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [] if tree.attempts or pending else [Expansion(operator="react")]


class Nothing:
    """An evaluator and a closing that do nothing."""

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        return Outcome(status="valid", metrics={"score": 1.0})

    async def finalise(self, reason: str) -> None:
        return None

    async def judge(self) -> None:
        return None


def agent(steps: int, folder: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds, bytes on disk of one attempt of `steps` tool steps."""
    start = folder / "start"
    start.mkdir()
    (start / "train.py").write_text("pass\n")
    blobs = Blobs(folder / "blobs")
    task = Task(
        reference="bench/steps", title="steps", purpose="steps", instructions="Do nothing, often.",
        files={}, metric=Metric(name="score"), evaluator=Nothing(), folder=start,
    )  # fmt: skip
    model = Script(steps)
    journal = Journal(folder)
    run = RunContext(
        task=task, environment=Environment(), journal=journal, blobs=blobs, sandbox=LocalSandbox(),
        scaffold=Scaffold(policy=OneAttempt(), operators={"react": WORK}),
        models={"planner": model, "coder": model, "reviewer": model, "judge": model},
        tools={"noop": noop, "submit": submit}, budget=Budget(turns=steps + 1), hints="", seed=0,
        folder=folder, start=SnapshotWorkspace(start, blobs).snapshot(),
    )  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(drive(run, Nothing(), folder / "checkpoints.sqlite"))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    calls = [data for data in journal.state.tools.values() if data["name"] == "noop"]
    assert len(calls) == steps, f"{len(calls)} steps were recorded, {steps} were asked for"
    journal.close()
    return wall, cpu, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def floor(steps: int, folder: Path) -> tuple[float, float, int]:
    """The same payload as bare JSON lines, one fsync a record, two records a step."""
    path = folder / "floor.jsonl"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(steps):
        for size in (500, 2000):
            os.write(file, json.dumps({"n": number, "text": text(size)}).encode() + b"\n")
            os.fsync(file)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    os.close(file)
    return wall, cpu, path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    medians: dict[tuple[str, int], tuple[float, float, float]] = {}
    print(f"{'':8} {'steps':>6} {'wall s':>8} {'ms/step':>8} {'CPU ms/step':>12} {'kB/step':>8}")
    for steps in (200, 800):
        rows: dict[str, list[tuple[float, float, int]]] = {"floor": [], "agentkit": []}
        for _ in range(repeats):  # interleaved, so that a slow moment of the machine hits both
            for name, measure in (("floor", floor), ("agentkit", agent)):
                with tempfile.TemporaryDirectory() as place:
                    rows[name].append(measure(steps, Path(place)))
        for name, measured in rows.items():
            wall, cpu, size = (statistics.median(column) for column in zip(*measured, strict=True))
            medians[name, steps] = wall, cpu, size
            print(
                f"{name:8} {steps:6} {wall:8.3f} {1000 * wall / steps:8.2f} "
                f"{1000 * cpu / steps:12.2f} {size / steps / 1000:8.2f}"
            )
    wall = medians["agentkit", 800][0] / medians["agentkit", 200][0]
    size = medians["agentkit", 800][2] / medians["agentkit", 200][2]
    print(f"800 steps cost {wall:.2f} times 200 steps (4 is linear), {size:.2f} times the bytes")


if __name__ == "__main__":
    main()
