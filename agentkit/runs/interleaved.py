"""Two sides measured in turn on equal seeds, by jobs that outlive the process which asked for them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate, Task
from agentkit.errors import RunFailed, RunProblem
from agentkit.sandboxes.gpus.tickets import lock_file
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.remove import discard
from agentkit.search.progress import Tell, watch_output

REPEAT_WITHIN = 1800.0
"""Wall seconds for one side, in which it may be measured again if the machine was disturbed."""
STALE_SECONDS = 3600.0
"""A measurement that ended longer ago, while nobody looked, is not paired with one of now."""


def silent(*_: object, **__: object) -> None:
    """For a measurement that nobody watches."""


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


@contextmanager
def place_for_jobs(path: Path) -> Iterator[Path]:
    """Beside the record at `path`, so that the next process finds a measurement under way; elsewhere, if
    another one is measuring for the same right now."""
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
class Side:
    """One of the two."""

    name: str
    lay: Callable[[Path], None]
    """Puts its files into a new folder."""
    required: bool = True
    """Without a figure of this side there is nothing to compare with."""


def files_side(name: str, files: Mapping[str, Path]) -> Side:
    """From workspace paths and the files that are copied there."""

    def lay(folder: Path) -> None:
        for file, source in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / file)

    return Side(name, lay)


@dataclass(frozen=True)
class Interleaved:
    """Measures pairs of a task's two sides."""

    task: Task
    sandbox: Sandbox
    sides: tuple[Side, Side]
    place: Path
    """For jobs. Their names are the same in every process."""
    tell: Tell
    purpose: str = "calibration"
    """For people who watch."""
    files_digest: str = ""
    """Of both sides' files, where the task's own digest does not hold them."""

    async def measure_pair(self, seed: int, number: int, of: int) -> dict[str, Outcome]:
        """By the side's name; the first side first, and the other way round every second time, so that a
        drift hits both alike (A B, B A, A B …)."""
        order = self.sides if number % 2 == 0 else self.sides[::-1]
        measured: dict[str, Outcome] = {}
        for side in order:
            purpose = f"{self.purpose} {side.name} {number + 1}/{of}"
            self.tell("calibrating", purpose=purpose)
            outcome = await self.measure(side, seed, purpose)
            if side.required and self.task.metric.name not in outcome.metrics:
                await self.forget_jobs()
                raise RunFailed(
                    f"The {side.name} of {self.task.reference} does not run here: "
                    f"{outcome.status}, {outcome.reason}",
                    *outcome.log.splitlines()[-15:],
                    "Next: agentkit doctor",
                )
            measured[side.name] = outcome
        return measured

    async def measure(self, side: Side, seed: int, purpose: str) -> Outcome:
        """Of one side alone, whichever it is."""
        digest = " ".join(filter(None, [self.task.digest, self.sandbox.name, self.files_digest]))
        jobs = FolderJobs(self.place / f"{side.name}-{seed}", self.sandbox, digest, "calibrate")
        await jobs.remove_older(STALE_SECONDS)
        with tempfile.TemporaryDirectory(prefix="agentkit-measuring-") as place:
            folder = Path(place, "candidate")
            side.lay(folder)
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
