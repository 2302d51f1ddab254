"""Both ends of a task at a horizon, run in turn: what they reach there becomes the target."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.errors import RunFailed
from agentkit.runs.calibrate import FEWEST_PAIRS, calibrate, calibration_path, make_cache
from agentkit.runs.folder import write_whole
from agentkit.search.progress import Tell

from .horizon_target import UNMEASURED, HorizonTarget, target_loss, target_path

ENDS = ("start", "target")


async def measure_target(
    load: Callable[[], Task],
    sandbox: Sandbox,
    cache: Path,
    *,
    place: Path,
    runs: int,
    pairs: int = FEWEST_PAIRS,
    tell: Tell,
) -> HorizonTarget:
    """`load`: the task as it is by what is known, without a target first; `place`: the cache that it looks
    in, while `cache` has the calibrations. Raises RunFailed.

    Both ends run in turn, as in a calibration; what was measured is their calibration at the target, too.
    """
    task = load()
    calibration = await calibrate(task, sandbox, cache, pairs=pairs, tell=tell)
    start, target = ([last_loss(task, getattr(pair, end)) for pair in calibration.pairs] for end in ENDS)
    found = HorizonTarget(
        task=task.reference,
        profile=task.profile,
        digest=task.digest,
        loss=target_loss([*start, *target], runs),
        start=tuple(start),
        target=tuple(target),
        created=time.time(),
    )
    path = target_path(place, task.reference, task.profile, task.digest)
    make_cache(path.parent)
    write_whole(path, found.model_dump_json(indent=2) + "\n")
    # Fewest steps depend on the target; a time to the last step does not.
    if runs == 1:
        keep_calibration(load(), calibration, sandbox, cache)
    return found


def last_loss(task: Task, outcome: Outcome) -> float:
    loss = outcome.metrics.get("loss", math.nan)
    if outcome.status != "valid" or not math.isfinite(loss):
        raise RunFailed(
            f"An end of {task.reference} has no loss at this horizon: {outcome.status}, {outcome.reason}",
            "Next: a longer horizon, or another task",
        )
    return loss


def keep_calibration(task: Task, measured: Calibration, sandbox: Sandbox, cache: Path) -> None:
    """The same runs, of the same files: all of them meet the target."""
    limit = task.bars[0].limit

    def told(outcome: Outcome) -> Outcome:
        reason = outcome.reason.replace(f"meets {UNMEASURED:g}", f"meets {limit:g}")
        return outcome.model_copy(update={"reason": reason})

    pairs = tuple(
        Pair(seed=pair.seed, start=told(pair.start), target=told(pair.target)) for pair in measured.pairs
    )
    kept = measured.model_copy(update={"digest": task.digest, "pairs": pairs})
    write_whole(calibration_path(task, sandbox, cache), kept.model_dump_json(indent=2) + "\n")
