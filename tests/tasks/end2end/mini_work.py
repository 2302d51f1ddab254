"""What tests of the miniatures share: a demonstration carried out, a work judged with its own check."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.task import Task
from agentkit.judge.rubrics.read import read_rubric
from agentkit.judge.score import Evidence, judge
from agentkit.sandboxes.local import LocalSandbox

from .conftest import Measured


def judge_with_commands(task: Task, measured: Measured, cache: Path) -> JudgeReport:
    """By what programs can decide, commands of the work included; they find what `prepare` made."""
    assert task.rubric is not None
    evidence = Evidence(
        folder=measured.folder,
        harness=measured.produced,
        figures=measured.outcome.metrics,
        trust=measured.outcome.trust,
        sandbox=LocalSandbox(),
        environment=task.evaluator.prepare(cache),
    )
    return asyncio.run(judge(read_rubric(task.rubric), evidence))


def carry_out(demonstration: Path, files: dict[str, str]) -> dict[str, str]:
    """The files after a demonstration, every edit made on those before it."""
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
    return files
