"""A task small enough to hold in the head: write a number into a file, the larger the better."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolCall, Usage
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Candidate, Lack, Metric, Task
from agentkit.contracts.tool import Tool, ToolContext, ToolResult, tool
from agentkit.journal.blobs import Blobs
from agentkit.journal.log import Journal
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import RunContext
from agentkit.search.operators import CROSSOVER, DEBUG, DRAFT, IMPROVE, NOTHING, SOLUTION, WORK

# A busy machine is no reason to fail: examples are not timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def in_part(name: str, part: str) -> bool:
    """Whether a slow test is in `part`, such as 0/2: each is in one of the two, whatever else there is."""
    number, _, count = part.partition("/")
    return zlib.crc32(name.encode()) % int(count) == int(number)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """AGENTKIT_SLOW_PART=0/2 leaves out half of the slow tests, and the summary counts them.

    What uses real components gets a second try: on a busy machine, load alone may pass a limit.
    """
    if part := os.environ.get("AGENTKIT_SLOW_PART"):
        others = [
            each for each in items if each.get_closest_marker("slow") and not in_part(each.nodeid, part)
        ]
        config.hook.pytest_deselected(items=others)
        items[:] = [each for each in items if each not in set(others)]
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def auto_is_not_docker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that happens to run here must not decide what the other tests test, or how long they take."""
    wanted = [request.node.nodeid, *request.fixturenames]
    if not any("docker" in each for each in wanted if each != "auto_is_not_docker"):
        monkeypatch.setenv("DOCKER_HOST", "unix:///no/docker/in/this/test")


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)`: a folder that the first worker of this test run to ask makes for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        folder, draft = shared / f"once-{name}", shared / f"once-{name}.draft"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                make(draft)
                draft.rename(folder)
        return folder

    return folder_of


@dataclass
class NumberEvaluator:
    """Reads `number.txt`: no number is a crash, more than 100 is invalid, a negative one is flagged."""

    evaluated: list[tuple[str, int]] = field(default_factory=list)
    """(what was read, seed), in order: how often the harness really evaluated."""

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        text = (candidate.folder / "number.txt").read_text().strip()
        self.evaluated.append((text, candidate.seed))
        try:
            number = float(text)
        except ValueError:
            return Outcome(status="crash", reason=f"'{text}' is no number", log=f"ValueError: {text}")
        status = "flagged" if number < 0 else "invalid" if number > 100 else "valid"
        metrics = {"score": number}
        return Outcome.model_validate({"status": status, "metrics": metrics, "trust": "verified"})


@tool
async def write(context: ToolContext, text: str) -> ToolResult:
    """Write the number.

    text: what goes into number.txt.
    """
    (context.workspace.folder / "number.txt").write_text(text)
    return ToolResult(ok=True, summary=f"wrote {text}")


@tool
async def submit(context: ToolContext) -> ToolResult:
    """Hand the work in."""
    return ToolResult(ok=True, summary="submitted", submitted=True)


class NumberModel:
    """Answers every attempt with the next of its numbers, chosen by the attempt's id alone."""

    name = "scripted/numbers"

    def __init__(self, numbers: Sequence[str], offers_tools: bool = True) -> None:
        self.numbers = tuple(numbers)
        self.offers_tools = offers_tools
        self.asked: list[str] = []

    async def reply(self, request: ModelRequest) -> Reply:
        position = request.position
        self.asked.append(position.key)
        return Reply(
            message=self.message(position), usage=Usage(input_tokens=7, output_tokens=3, dollars=0.01)
        )

    def message(self, position: CallPosition) -> Message:
        number = self.numbers[(int(position.attempt[1:]) - 1) % len(self.numbers)]
        if position.stage != "code":
            return Message(role="assistant", text=f"{position.stage} of {position.attempt}: {number}")
        if not self.offers_tools:
            text = f"number.txt\n<<<<<<< WHOLE\n{number}\n>>>>>>> WHOLE\n"
            return Message(role="assistant", text=text)
        name, arguments = ("write", {"text": number}) if position.index % 2 == 0 else ("submit", {})
        call = ToolCall(id=f"call-{position.key}", name=name, arguments=arguments)
        return Message(role="assistant", tool_calls=(call,))


class ListPolicy:
    """Makes the expansions it was given, in order; parents are chosen by the tree where they say `best`."""

    def __init__(self, expansions: Sequence[Expansion]) -> None:
        self.expansions = tuple(expansions)

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        first = len(tree.attempts) + len(pending)
        chosen: list[Expansion] = []
        for expansion in self.expansions[first : first + room]:
            if any(parent not in tree.attempts and parent != "best" for parent in expansion.parents):
                break
            best = tree.best()
            parents = tuple(best.id if p == "best" and best else p for p in expansion.parents)
            chosen.append(expansion.model_copy(update={"parents": parents}))
        return chosen


OPERATORS = {each.name: each for each in (DRAFT, IMPROVE, DEBUG, CROSSOVER, WORK, SOLUTION, NOTHING)}


@dataclass
class Bench:
    """Opens runs of the number task in one folder; open it again after a crash to resume."""

    folder: Path
    evaluator: NumberEvaluator = field(default_factory=NumberEvaluator)

    def task(self, **changes: Any) -> Task:
        (self.folder / "start").mkdir(parents=True, exist_ok=True)
        for name, text in (("number.txt", "1"), ("solution.txt", "50")):
            (self.folder / "start" / name).write_text(text)
        values: dict[str, Any] = {
            "reference": "toy/number",
            "title": "A number",
            "purpose": "Write a number.",
            "instructions": "Write a large number into number.txt, at most 100.",
            "files": {"number.txt": self.folder / "start" / "number.txt"},
            "metric": Metric(name="score"),
            "evaluator": self.evaluator,
            "folder": self.folder / "start",
            "solution": {"number.txt": self.folder / "start" / "solution.txt"},
            "digest": "d",
        }
        return Task(**{**values, **changes})

    def open(self, policy: Any, model: Any, **changes: Any) -> RunContext:
        task = changes.pop("task", None) or self.task()
        scaffold = Scaffold(policy=policy, operators=OPERATORS, **changes.pop("scaffold", {}))
        run = self.folder / "run"
        run.mkdir(exist_ok=True)
        blobs = Blobs(run / "blobs")
        tools: Mapping[str, Tool] = {"write": write, "submit": submit}
        values: dict[str, Any] = {
            "task": task,
            "environment": Environment(),
            "scaffold": scaffold,
            "journal": Journal(run),
            "blobs": blobs,
            "sandbox": LocalSandbox(),
            "models": {role: model for role in ("planner", "coder", "reviewer", "judge")},
            "tools": tools,
            "budget": Budget(),
            "hints": "",
            "seed": 0,
            "folder": run,
            "start": SnapshotWorkspace(self.folder / "start", blobs, ignore=("solution.txt",)).snapshot(),
        }
        return RunContext(**{**values, **changes})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def number_model() -> Callable[..., NumberModel]:
    return NumberModel


@pytest.fixture
def list_policy() -> Callable[..., ListPolicy]:
    return ListPolicy
