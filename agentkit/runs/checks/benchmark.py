"""Check of one task among many: is its gap measurable here, and do `oracle` and `nop` land where they must?

Both ends are calibrated; then the reference solution and the untouched start are measured again, as any
answer would be, on seeds of their own. Their fractions recovered have to be 1 and 0 within their noise.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.summary import ReferenceEnds
from agentkit.contracts.task import Metric, Task
from agentkit.errors import AgentkitError
from agentkit.runs.calibrate import calibrate, calibration_path, read_calibration
from agentkit.runs.checks.health import Finding, check_digests, check_flags, check_masks
from agentkit.runs.folder import write_whole
from agentkit.runs.interleaved import Interleaved, files_side, make_cache, place_for_jobs, silent
from agentkit.runs.machine import machine_key
from agentkit.runs.summarise import both_ends, reference_ends
from agentkit.search.progress import Tell
from agentkit.statistics.fsr import explain_fraction

TaskState = Literal["sound", "failed", "not measurable", "refused"]
"""`not measurable`: the gap is within its noise on this machine, which is nobody's mistake."""

REPEATS = 3
"""Of the landings, if there are as many pairs."""
FIRST_SEED = 910_001
"""Neither a search's seeds nor a calibration's."""
LEVEL = 0.95
"""Of the intervals that are shown; and with which all that decide hold together."""
EXACT = 1e-9


class Landing(Record):
    """Where one scaffold landed. `low` and `high`: None where the interval is unbounded."""

    fsr: float
    low: float | None
    high: float | None
    holds: bool
    """What was expected lies in that interval."""
    holds_together: bool
    """It lies in the wider one that allows for how many are looked at in one check."""
    valid: int
    measurements: int


class TaskCheck(Record):
    """What a check found out about one task."""

    task: str
    state: TaskState
    reason: str = ""
    ends: ReferenceEnds | None = None
    oracle: Landing | None = None
    nop: Landing | None = None
    findings: tuple[Mapping[str, str], ...] = ()

    @property
    def gap(self) -> float | None:
        return abs(self.ends.start - self.ends.target) if self.ends else None


def level_of_each(tasks: int) -> float:
    """The level at which two intervals a task all hold at once in LEVEL of all checks (Šidák)."""
    return math.pow(LEVEL, 1 / max(1, 2 * tasks))


async def check_one(
    task: Task,
    again: Task,
    sandbox: Sandbox,
    cache: Path,
    *,
    tasks: int = 1,
    pairs: int = 3,
    fresh: bool = False,
    tell: Tell = silent,
) -> TaskCheck:
    """`again`: the same task, loaded a second time. `tasks`: how many are checked. Whatever is wrong with the
    task, its evaluator's exceptions included, is found, not raised."""
    try:
        environment = task.evaluator.prepare(cache)
        findings = [check_digests(task, again), await check_masks(task, environment, sandbox)]
        if not task.solution:
            return judged(
                task, findings, "there is no reference solution, so nothing shows that it can be solved"
            )
        calibration, landed = await measure_in_turn(task, sandbox, cache, pairs, fresh=fresh, tell=tell)
        ends = reference_ends(calibration, task.metric)
        findings += check_flags([end for pair in calibration.pairs for end in (pair.start, pair.target)])
        if ends is None or not ends.measurable:
            return judged(task, findings, ends=ends, measurable=False)
    except AgentkitError as error:
        return TaskCheck(
            task=task.reference, state="failed", reason="; ".join([error.message, *error.lines[-3:]])
        )
    except Exception as error:  # noqa: BLE001 - the plugin boundary: an evaluator may raise anything
        return TaskCheck(task=task.reference, state="failed", reason=f"{type(error).__name__}: {error}")
    level = level_of_each(tasks)
    oracle = landing([pair.target for pair in landed.pairs], calibration, task.metric, 1.0, level)
    nop = landing([pair.start for pair in landed.pairs], calibration, task.metric, 0.0, level)
    return judged(task, findings, ends=ends, oracle=oracle, nop=nop)


def judged(
    task: Task,
    findings: Sequence[Finding],
    reason: str = "",
    *,
    ends: ReferenceEnds | None = None,
    measurable: bool = True,
    oracle: Landing | None = None,
    nop: Landing | None = None,
) -> TaskCheck:
    reasons = [reason, *(f"{each.name}: {each.detail}" for each in findings if each.state == "failed")]
    for name, found in (("oracle", oracle), ("nop", nop)):
        if found is not None and not found.holds_together:
            reasons.append(f"{name} lands at FSR {found.fsr:.3g}, which is not its noise")
    if oracle is not None and oracle.valid < oracle.measurements:
        reasons.append(f"the reference solution is valid {oracle.valid} of {oracle.measurements} times")
    reasons = [each for each in reasons if each]
    state: TaskState = "failed" if reasons else "sound" if measurable else "not measurable"
    return TaskCheck(
        task=task.reference,
        state=state,
        reason="; ".join(reasons),
        ends=ends,
        oracle=oracle,
        nop=nop,
        findings=tuple(asdict(each) for each in findings),
    )


async def measure_in_turn(
    task: Task, sandbox: Sandbox, cache: Path, pairs: int, *, fresh: bool = False, tell: Tell = silent
) -> tuple[Calibration, Calibration]:
    """The ends, and between their pairs the landings: a machine that grows slower meanwhile, as a busy one
    does by a third, does so for all four."""
    first = max(2, pairs - REPEATS)
    await calibrate(task, sandbox, cache, pairs=first, most=first, fresh=fresh, tell=tell)
    for number in range(1, min(REPEATS, pairs) + 1):
        landed = await measure_landings(task, sandbox, cache, number, fresh=fresh and number == 1, tell=tell)
        count = min(pairs, first + number)
        await calibrate(task, sandbox, cache, pairs=count, most=count, tell=tell)
    return await calibrate(task, sandbox, cache, pairs=pairs, tell=tell), landed


async def measure_landings(
    task: Task,
    sandbox: Sandbox,
    cache: Path,
    count: int = REPEATS,
    *,
    fresh: bool = False,
    tell: Tell = silent,
) -> Calibration:
    """Pairs of `nop` (as start) and `oracle` (as target) on FIRST_SEED and on. Kept pair by pair."""
    path = landings_path(task, sandbox, cache)
    make_cache(path.parent)
    found = (None if fresh else read_calibration(path)) or Calibration(
        task=task.reference,
        digest=task.digest,
        machine=machine_key(sandbox.name),
        metric=task.metric.name,
        pairs=(),
        created=time.time(),
    )
    solved = {**task.files, **task.solution}
    sides = files_side("nop", task.files), files_side("oracle", solved)
    with place_for_jobs(path) as place:
        both = Interleaved(task, sandbox, sides, place, tell, "check")
        if fresh:
            await both.forget_jobs()
        while len(found.pairs) < count:
            number = len(found.pairs)
            seed = FIRST_SEED + number
            measured = await both.measure_pair(seed, number, REPEATS)
            pair = Pair(seed=seed, start=measured["nop"], target=measured["oracle"])
            found = found.model_copy(update={"pairs": (*found.pairs, pair)})
            write_whole(path, found.model_dump_json(indent=2) + "\n")
            await both.forget_jobs()
    return found


def landings_path(task: Task, sandbox: Sandbox, cache: Path) -> Path:
    return cache / "checks" / calibration_path(task, sandbox, cache).name


def landing(
    outcomes: Sequence[Outcome], calibration: Calibration, metric: Metric, expected: float, level: float
) -> Landing | None:
    """None: there is no fraction, because the target is not better than the start."""
    figures = [each.metrics[metric.name] for each in outcomes]
    start, target = both_ends(calibration, metric)

    def interval(level: float) -> tuple[float, float, float] | None:
        found = explain_fraction(
            start, target, figures, level=level, paired=True, lower_is_better=metric.lower_is_better
        ).estimate
        return None if found is None else (found.value, found.low, found.high)

    shown, wide = interval(LEVEL), interval(level)
    if shown is None or wide is None:
        return None
    value, low, high = shown
    bounded = math.isfinite(low) and math.isfinite(high)
    return Landing(
        fsr=value,
        low=low if bounded else None,
        high=high if bounded else None,
        holds=low - EXACT <= expected <= high + EXACT,
        holds_together=wide[1] - EXACT <= expected <= wide[2] + EXACT,
        valid=sum(each.status == "valid" for each in outcomes),
        measurements=len(outcomes),
    )
