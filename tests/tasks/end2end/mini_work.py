"""What tests of the miniatures share: a demonstration carried out, a work judged with its own check."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from pathlib import Path

from agentkit.contracts.rubric import JudgeReport
from agentkit.contracts.task import Task
from agentkit.judge.rubrics.read import read_rubric
from agentkit.judge.score import Evidence, judge
from agentkit.sandboxes.local import LocalSandbox

from .conftest import Measure, Measured


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


def hold_to_the_rubric(task: Task, measure: Measure, claims: Mapping[str, str], cache: Path) -> None:
    """What docs/end2end.md promises of the solution, of the start, and of a work that only claims results."""
    task.evaluator.prepare(cache)

    def report(files: Mapping[str, Path | str]) -> JudgeReport:
        measured = measure(task, files)
        outcome = measured.outcome
        assert (outcome.status, outcome.trust) == ("valid", "verified"), outcome.reason
        return judge_with_commands(task, measured, cache)

    oracle = report(task.solution)
    assert oracle.coverage >= 0.8
    assert oracle.score is not None
    assert oracle.score >= 0.95, [each for each in oracle.verdicts if each.status != "passed"]
    assert (report({}).score or 0) <= 0.05
    assert (report(claims).score or 0) <= 0.15


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
