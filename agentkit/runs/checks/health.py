"""Health of a task: what has to be right with it before anybody's score on it means something."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Command, Environment, Limits, Sandbox
from agentkit.contracts.task import Metric, Task
from agentkit.runs.checks.exploit import corpus_folder
from agentkit.runs.summarise import reference_ends

State = Literal["ok", "failed", "warning"]

LOOK = """
import json, os
def readable(path):
    try:
        if os.path.isdir(path):
            return any(os.scandir(path))
        return os.path.getsize(path) > 0
    except OSError:
        return False
with open("paths.json") as file:
    paths = json.load(file)
print("SEEN", json.dumps([path for path in paths if readable(path)]))
"""


@dataclass(frozen=True)
class Finding:
    """One check, what it found, and what to do about it."""

    name: str
    state: State
    detail: str
    fix: str = ""


def check_digests(first: Task, second: Task) -> Finding:
    """Two loads of one task must agree on everything that decides a score."""
    if not first.digest:
        return Finding("digest", "warning", "the task has none", "Task(digest=…): calibrations need it")
    if first.digest != second.digest:
        detail = "two loads of the task gave different ones"
        return Finding(
            "digest", "failed", detail, "leave out of it what changes by itself: times, paths, order"
        )
    return Finding("digest", "ok", f"stable ({first.digest[:12]})")


def check_ends(task: Task, calibration: Calibration) -> list[Finding]:
    """The oracle, nop, and their distance beside their noise, from pairs of equal seeds."""
    starts = [pair.start for pair in calibration.pairs]
    targets = [pair.target for pair in calibration.pairs]
    return [
        check_oracle(targets),
        check_nop(starts, targets, task.metric),
        check_margin(calibration, task.metric),
        *check_flags(starts + targets),
    ]


def check_oracle(targets: Sequence[Outcome]) -> Finding:
    bad = [each for each in targets if each.status != "valid"]
    if bad:
        detail = f"the reference solution failed {len(bad)} of {len(targets)} times: {bad[0].reason}"
        return Finding("oracle passes", "failed", detail, "mend the solution, or give its limit some room")
    return Finding("oracle passes", "ok", f"valid {len(targets)} of {len(targets)} times")


def check_nop(starts: Sequence[Outcome], targets: Sequence[Outcome], metric: Metric) -> Finding:
    """The start files must not do as well as the worst run of the solution."""
    solved = [each for each in map(metric.fitness, targets) if each is not None]
    untouched = [each for each in map(metric.fitness, starts) if each is not None]
    if solved and untouched and max(untouched) >= min(solved):
        detail = (
            f"untouched it scored as well as the solution once did ({abs(max(untouched)):.4g} {metric.unit})"
        )
        return Finding("nop fails", "failed", detail, "a harder target, or a measurement with less noise")
    said = (
        "it is not valid"
        if not untouched
        else f"it never scored as well as the solution ({len(starts)} times)"
    )
    return Finding("nop fails", "ok", said)


def check_margin(calibration: Calibration, metric: Metric) -> Finding:
    ends = reference_ends(calibration, metric)
    if ends is None:
        return Finding("noise", "failed", "no figure was measured at both ends")
    unit = f" {ends.unit}".rstrip()
    apart = abs(ends.start - ends.target)
    noise = max(ends.start_sd, ends.target_sd)
    said = (
        f"the ends lie {apart:.4g}{unit} apart, one run varies by {noise:.2g}{unit} (sd, {ends.pairs} pairs)"
    )
    if not ends.measurable:
        return Finding("noise", "failed", said, "more work in one measurement, or more of them: --repeats 6")
    return Finding("noise", "ok", said)


def check_flags(outcomes: Sequence[Outcome]) -> list[Finding]:
    """The task's own files must not look like cheating."""
    codes = sorted({flag.code for each in outcomes for flag in each.flags})
    if not codes:
        return [Finding("own files unflagged", "ok", f"no flag in {len(outcomes)} evaluations")]
    flagged = any(each.status == "flagged" for each in outcomes)
    state: State = "failed" if flagged else "warning"
    return [Finding("own files unflagged", state, f"flags on the task's own files: {', '.join(codes)}")]


async def check_masks(task: Task, environment: Environment, sandbox: Sandbox) -> Finding:
    """Whether what the task hides, and its solution, can be read by a command in this sandbox."""
    hidden = {*environment.masks, *task.solution.values(), corpus_folder()} - set(task.files.values())
    paths = sorted(str(path.resolve()) for path in hidden if path.exists())
    if not paths:
        return Finding("masks hold", "warning", "the task hides nothing and has no solution")
    with tempfile.TemporaryDirectory(prefix="agentkit-check-") as name:
        folder = Path(name)
        (folder / "paths.json").write_text(json.dumps(paths))
        limits = Limits(seconds=120.0)
        command = Command(
            argv=("python", "-c", LOOK),
            folder=folder,
            environment=environment.model_copy(update={"limits": limits}),
        )
        result = await sandbox.run(command)
    seen = result.output.rpartition("SEEN ")[2]
    try:
        found = json.loads(seen)
    except json.JSONDecodeError:
        return Finding("masks hold", "failed", f"the look failed: {result.output.strip()[-200:]}")
    if not found:
        return Finding("masks hold", "ok", f"{len(paths)} paths, none readable in {sandbox.name}")
    said = f"{len(found)} of {len(paths)} hidden paths can be read in {sandbox.name}, such as {found[0]}"
    if "hidden_files" in sandbox.walls:
        return Finding("masks hold", "failed", said, "Environment(masks=…) in the evaluator's prepare()")
    return Finding("masks hold", "warning", said, f"{sandbox.name} hides nothing: --sandbox bubblewrap")
