"""A miniature's work, measured by its own evaluator and judged by its own rubric."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate, Task
from agentkit.evaluation.benchmarks import load_task
from agentkit.judge.rubrics.read import read_rubric
from agentkit.judge.score import Evidence, judge
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

CHECKOUT = Path(__file__).parents[3]
REPORT = """# Report

## Method

It works as described.

## Results

It solves every puzzle.

## Ablations

Each part helps.

## Evidence of correctness

All checks passed.
"""


def load(name: str) -> Task:
    return load_task(open_catalog(CHECKOUT), f"end2end/{name}")


def module(name: str) -> Any:
    """Of the benchmark, as the catalog imports it."""
    return import_module(f"agentkit.builtin.tasks.end2end.{name}")


@dataclass(frozen=True)
class Measured:
    outcome: Outcome
    folder: Path
    produced: Path

    def judged(self, task: Task) -> JudgeReport:
        """By what programs can decide."""
        assert task.rubric is not None
        evidence = Evidence(
            folder=self.folder,
            harness=self.produced,
            figures={**self.outcome.metrics, "flagged_attempts": 0.0},
            trust=self.outcome.trust,
        )
        return asyncio.run(judge(read_rubric(task.rubric), evidence))


Measure = Callable[..., Measured]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    def run(
        task: Task, files: Mapping[str, str | Path], sandbox: Sandbox | None = None, seed: int = 7
    ) -> Measured:
        """`files`: over the task's start files, a text or a file each. Its evaluator has been prepared."""
        sandbox = sandbox or LocalSandbox()
        place = tmp_path / uuid.uuid4().hex[:8]
        for name, content in {**task.files, **files}.items():
            path = place / "work" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copy(content, path)
            else:
                path.write_text(content, encoding="utf-8")
        jobs = FolderJobs(place / "jobs", sandbox)
        candidate = Candidate(place / "work", sandbox, seed, place / "logs", jobs=jobs)
        outcome = asyncio.run(task.evaluator.evaluate(candidate))
        return Measured(outcome, place / "work", place / "logs" / "produced")

    return run
