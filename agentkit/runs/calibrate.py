"""Calibration: both ends of a task measured on this machine, interleaved, and kept for this machine."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate, Task
from agentkit.errors import RunFailed, RunProblem, UsageError
from agentkit.runs.folder import write_whole
from agentkit.runs.machine import machine_key
from agentkit.runs.summarise import reference_ends
from agentkit.sandboxes.gpus.tickets import lock_file
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.remove import discard
from agentkit.search.progress import Tell, watch_output

FEWEST_PAIRS = 3
MOST_PAIRS = 8
FIRST_SEED = 900_001
"""Far from the seeds of any search, so that no answer is measured on a seed of its own yardstick."""
REPEAT_WITHIN = 1800.0
"""Wall seconds for one end, in which it may be measured again if the machine was disturbed."""
STALE_SECONDS = 3600.0
"""A measurement that ended longer ago, while nobody looked, is not paired with one of now."""


def silent(*_: object, **__: object) -> None:
    """For a calibration that nobody watches."""


async def calibrate(
    task: Task,
    sandbox: Sandbox,
    cache: Path,
    *,
    pairs: int = FEWEST_PAIRS,
    fresh: bool = False,
    tell: Tell = silent,
    keep: Callable[[Calibration], None] = lambda _: None,
) -> Calibration:
    """Pairs of equal seeds, at least `pairs`, more (to MOST_PAIRS) while the gap is not yet measurable.

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
        if fresh:
            await Ends(task, sandbox, place, tell).forget_jobs()
        while not enough(calibration, task, pairs):
            ends = Ends(task, sandbox, place, tell)
            pair = await ends.measure_pair(len(calibration.pairs), pairs)
            calibration = calibration.model_copy(update={"pairs": (*calibration.pairs, pair)})
            write_whole(path, calibration.model_dump_json(indent=2) + "\n")
            await ends.forget_jobs()
            keep(calibration)
    return calibration


def enough(calibration: Calibration, task: Task, pairs: int) -> bool:
    """Stop at `pairs` if the gap stands out from its noise, else go on to MOST_PAIRS."""
    count = len(calibration.pairs)
    if count < pairs:
        return False
    ends = reference_ends(calibration, task.metric)
    return count >= MOST_PAIRS or (ends is not None and ends.measurable)


def read_calibration(path: Path) -> Calibration | None:
    """None where there is none, or none that this version can read: then it is measured again."""
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError, UnicodeDecodeError):
        return None
    except OSError as error:
        raise unusable(path.parent, error) from error


def make_cache(folder: Path) -> None:
    """Raises RunProblem where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: OSError) -> RunProblem:
    return RunProblem(
        f"The cache folder {folder} cannot be used: {error.strerror}.",
        "Next: choose another place with --cache-folder DIR, or mend its permissions.",
    )


def calibration_path(task: Task, sandbox: Sandbox, cache: Path) -> Path:
    name = f"{task.reference.replace('/', '-')}-{task.profile or 'default'}"
    return cache / "calibrations" / f"{name}-{task.digest[:12]}-{machine_key(sandbox.name)}.json"


@contextmanager
def place_for_jobs(path: Path) -> Iterator[Path]:
    """Beside the calibration, so that the next process finds a measurement under way; elsewhere, if
    another one is calibrating the same right now."""
    try:
        lock = lock_file(path.with_suffix(".lock"), fcntl.LOCK_EX)
    except OSError as error:
        raise unusable(path.parent, error) from error
    if lock is None:
        with tempfile.TemporaryDirectory(prefix="agentkit-jobs-") as place:
            yield Path(place)
        return
    try:
        yield path.with_suffix(".jobs")
    finally:
        os.close(lock)


@dataclass(frozen=True)
class Ends:
    """Measures both ends of a task."""

    task: Task
    sandbox: Sandbox
    place: Path
    """For jobs. Their names are the same in every process."""
    tell: Tell

    async def measure_pair(self, number: int, planned: int) -> Pair:
        """Start then target, and the other way round every second time, so that a drift hits both alike."""
        seed = FIRST_SEED + number
        of = max(planned, number + 1)
        files = {"start": self.task.files, "target": {**self.task.files, **self.task.solution}}
        order = ("start", "target") if number % 2 == 0 else ("target", "start")
        measured: dict[str, Outcome] = {}
        for end in order:
            purpose = f"calibration {end} {number + 1}/{of}"
            self.tell("calibrating", purpose=purpose)
            outcome = await self._measure(f"{end}-{seed}", files[end], seed, purpose)
            if self.task.metric.name not in outcome.metrics:
                await self.forget_jobs()
                raise RunFailed(
                    f"The {end} of {self.task.reference} does not run here: "
                    f"{outcome.status}, {outcome.reason}",
                    *outcome.log.splitlines()[-15:],
                    "Next: agentkit doctor",
                )
            measured[end] = outcome
        return Pair(seed=seed, start=measured["start"], target=measured["target"])

    async def _measure(self, name: str, files: Mapping[str, Path], seed: int, purpose: str) -> Outcome:
        jobs = FolderJobs(
            self.place / name, self.sandbox, f"{self.task.digest} {self.sandbox.name}", "calibrate"
        )
        await jobs.remove_older(STALE_SECONDS)
        with tempfile.TemporaryDirectory(prefix="agentkit-calibration-") as place:
            folder = Path(place, "candidate")
            for file, source in files.items():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / file)
            listen = watch_output(self.tell, "", purpose)
            logs = Path(place, "logs")
            candidate = Candidate(
                folder, self.sandbox, seed, logs, listen, jobs=jobs, repeat_within=REPEAT_WITHIN
            )
            try:
                return await self.task.evaluator.evaluate(candidate)
            except (asyncio.CancelledError, Exception):
                await jobs.remove_all()
                raise

    async def forget_jobs(self) -> None:
        """Once what came of them is written down."""
        for each in self.place.iterdir() if self.place.is_dir() else ():
            await FolderJobs(each, self.sandbox).remove_all()
        discard(self.place)
