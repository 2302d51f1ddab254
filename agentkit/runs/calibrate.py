"""Calibration: both ends of a task measured on this machine, interleaved, and kept for this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.errors import UsageError
from agentkit.runs.folder import write_whole
from agentkit.runs.interleaved import Interleaved, files_side, place_for_jobs, unusable
from agentkit.runs.interleaved import make_cache as make_cache
from agentkit.runs.interleaved import silent as silent
from agentkit.runs.machine import machine_key
from agentkit.runs.summarise import reference_ends
from agentkit.search.progress import Tell

FEWEST_PAIRS = 3
MOST_PAIRS = 8
FIRST_SEED = 900_001
"""Far from the seeds of any search, so that no answer is measured on a seed of its own yardstick."""


async def calibrate(
    task: Task,
    sandbox: Sandbox,
    cache: Path,
    *,
    pairs: int = FEWEST_PAIRS,
    most: int = MOST_PAIRS,
    fresh: bool = False,
    tell: Tell = silent,
    keep: Callable[[Calibration], None] = lambda _: None,
) -> Calibration:
    """Pairs of equal seeds, at least `pairs`, more (to `most`) while the gap is not yet measurable.

    Every pair is cached as soon as it is measured, so an interrupted calibration goes on where it was.
    Raises RunFailed if an end of the task does not run here, UsageError for a task without a solution.
    """
    if not task.solution:
        raise UsageError(
            f"{task.reference} has no reference solution, so there is nothing to calibrate against.",
            "Its score is the bare figure of its metric.",
        )
    path = calibration_path(task, sandbox, cache)
    make_cache(path.parent)
    calibration = None if fresh else read_calibration(path)
    if calibration is None:
        calibration = Calibration(
            task=task.reference,
            digest=task.digest,
            machine=machine_key(sandbox.name),
            metric=task.metric.name,
            pairs=(),
            created=time.time(),
        )
    task.evaluator.prepare(cache)
    with place_for_jobs(path) as place:
        ends = both_sides(task, sandbox, place, tell)
        if fresh:
            await ends.forget_jobs()
        while not enough(calibration, task, pairs, most):
            number = len(calibration.pairs)
            seed = FIRST_SEED + number
            measured = await ends.measure_pair(seed, number, max(pairs, number + 1))
            pair = Pair(seed=seed, start=measured["start"], target=measured["target"])
            calibration = calibration.model_copy(update={"pairs": (*calibration.pairs, pair)})
            write_whole(path, calibration.model_dump_json(indent=2) + "\n")
            await ends.forget_jobs()
            keep(calibration)
    return calibration


def enough(calibration: Calibration, task: Task, pairs: int, most: int) -> bool:
    """Stop at `pairs` if the gap stands out from its noise, else go on to `most`."""
    count = len(calibration.pairs)
    if count < pairs:
        return False
    ends = reference_ends(calibration, task.metric)
    return count >= most or (ends is not None and ends.measurable)


def read_calibration(path: Path) -> Calibration | None:
    """None where there is none, or none that this version can read: then it is measured again."""
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError, UnicodeDecodeError):
        return None
    except OSError as error:
        raise unusable(path.parent, error) from error


def calibration_path(task: Task, sandbox: Sandbox, cache: Path) -> Path:
    name = f"{task.reference.replace('/', '-')}-{task.profile or 'default'}"
    return cache / "calibrations" / f"{name}-{task.digest[:12]}-{machine_key(sandbox.name)}.json"


def both_sides(task: Task, sandbox: Sandbox, place: Path, tell: Tell) -> Interleaved:
    """The start files, and the reference solution over them."""
    solved = {**task.files, **task.solution}
    return Interleaved(
        task, sandbox, (files_side("start", task.files), files_side("target", solved)), place, tell
    )
