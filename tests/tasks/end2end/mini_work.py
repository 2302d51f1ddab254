"""Works for a miniature: what a candidate might hand in, and what is found of it."""

from __future__ import annotations

import asyncio
import shutil
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.task import Candidate, Task
from agentkit.evaluation.benchmarks import load_task
from agentkit.judge.rubrics.toml_form import read_rubric
from agentkit.judge.score import Evidence, judge
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

CHECKOUT = Path(__file__).parents[3]


def module(name: str) -> Any:
    """A module of the benchmark, as the catalog imports it."""
    return import_module(f"agentkit.builtin.tasks.end2end.{name}")


def load(name: str) -> Task:
    return load_task(open_catalog(CHECKOUT), f"tasks/end2end/{name}")


def lay(task: Task, folder: Path, files: Mapping[str, Path | str]) -> Path:
    """The start files with these over them: paths are copied, texts written."""
    for name, content in {**task.files, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else content.read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def evaluate(task: Task, work: Path, place: Path, seed: int = 1) -> Outcome:
    """For real, without walls: a process of its own, in a fresh copy."""
    task.evaluator.prepare(place / "cache")
    sandbox = LocalSandbox()
    shutil.rmtree(place / "jobs", ignore_errors=True)
    jobs = FolderJobs(place / "jobs", sandbox)
    candidate = Candidate(work, sandbox, seed=seed, logs=place / "logs", jobs=jobs)
    return asyncio.run(task.evaluator.evaluate(candidate))


def judged(task: Task, work: Path, place: Path, figures: Mapping[str, float]) -> JudgeReport:
    assert task.rubric is not None
    environment = task.evaluator.prepare(place / "cache")
    evidence = Evidence(work, figures=figures, sandbox=LocalSandbox(), environment=environment)
    return asyncio.run(judge(read_rubric(task.rubric), evidence))


def carry_out(demonstration: Path, files: dict[str, str]) -> list[dict[str, str]]:
    """The files after each attempt of a demonstration, every edit made on those before."""
    states = []
    for attempt in tomllib.loads(demonstration.read_text(encoding="utf-8"))["attempt"]:
        for call in (call for reply in attempt["reply"] for call in reply.get("call", ())):
            given = call["arguments"]
            match given.get("command"):
                case "create":
                    assert given.get("overwrite", False) is (given["path"] in files), given["path"]
                    files[given["path"]] = given["text"]
                case "str_replace":
                    assert files[given["path"]].count(given["old_str"]) == 1, given["old_str"]
                    files[given["path"]] = files[given["path"]].replace(given["old_str"], given["new_str"])
        states.append(dict(files))
    return states
