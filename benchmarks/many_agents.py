"""Two hundred agents of twenty steps each, a scripted model of 50 ms latency, through the coder loop.

The ideal is 21 turns of 50 ms: 1.05 s. Beside it, in the same run, the floor: bare asyncio tasks that sleep
as long and write the same bytes as JSON lines. Every record is on disk before the step after it.

    python -m benchmarks.many_agents [--agents 200] [--steps 20] [--repeats 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Metric, Task
from agentkit.journal.blobs import Blobs
from agentkit.journal.log import Journal
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.coder_tools import ToolsCoder
from agentkit.search.context import RunContext
from agentkit.search.conversation import Conversation, opening
from agentkit.search.operators import WORK
from benchmarks.step_overhead import Nothing, Script, noop, submit, text

LATENCY = 0.05


class SlowScript(Script):
    async def reply(self, request: ModelRequest) -> Reply:
        await asyncio.sleep(LATENCY)
        return await super().reply(request)


class Nobody:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return []


def agents(count: int, steps: int, folder: Path) -> float:
    """Wall seconds of `count` coding stages at once, in one run with one journal."""
    start = folder / "start"
    start.mkdir()
    (start / "train.py").write_text("pass\n")
    blobs = Blobs(folder / "blobs")
    model = SlowScript(steps)
    run = RunContext(
        task=Task(
            reference="bench/agents", title="agents", purpose="agents", instructions="Do nothing, often.",
            files={}, metric=Metric(name="score"), evaluator=Nothing(), folder=start,
        ),
        environment=Environment(), journal=Journal(folder), blobs=blobs, sandbox=LocalSandbox(),
        scaffold=Scaffold(policy=Nobody(), operators={"react": WORK}),
        models={"planner": model, "coder": model, "reviewer": model, "judge": model},
        tools={"noop": noop, "submit": submit}, budget=Budget(turns=steps + 1), hints="", seed=0,
        folder=folder, start=SnapshotWorkspace(start, blobs).snapshot(),
    )  # fmt: skip
    for number in range(count):
        expansion = Expansion(operator="react")
        run.journal.append("selected", f"a{number + 1}", **expansion.model_dump(mode="json"))

    async def agent(name: str) -> None:
        work = run.work(name)
        coder = ToolsCoder(work, work.open_workspace(work.base), Conversation(opening("system", "user")))
        coded = await coder.run()
        assert coded.submitted, coded

    async def all_of_them() -> None:
        await asyncio.gather(*(agent(f"a{number + 1}") for number in range(count)))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    wall = time.perf_counter() - began
    assert len(run.journal.state.tools) == count * (steps + 1)
    run.journal.close()
    return wall


def floor(count: int, steps: int, folder: Path) -> float:
    file = os.open(folder / "floor.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def agent() -> None:
        for number in range(steps + 1):
            await asyncio.sleep(LATENCY)
            for size in (500, 2000):
                os.write(file, json.dumps({"n": number, "text": text(size)}).encode() + b"\n")

    async def all_of_them() -> None:
        await asyncio.gather(*(agent() for _ in range(count)))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    os.close(file)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    told = parser.parse_args()
    walls: dict[str, list[float]] = {"floor": [], "agentkit": []}
    for _ in range(told.repeats):
        for name, measure in (("floor", floor), ("agentkit", agents)):
            with tempfile.TemporaryDirectory() as place:
                walls[name].append(measure(told.agents, told.steps, Path(place)))
    ideal = LATENCY * (told.steps + 1)
    for name, measured in walls.items():
        wall = statistics.median(measured)
        print(f"{name:8} {wall:6.2f} s, {wall / ideal:.2f} times the ideal {ideal:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
