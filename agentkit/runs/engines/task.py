"""Task: a job of an engine works on several cells in turn. `python -m agentkit.runs.engines.task FILE NUMBER`

Each cell has a worker process of its own: what one breaks the next does not feel. Three signals matter:

SIGUSR2  the job's time is nearly up: the worker stops cleanly, and the job is put back into the queue
SIGUSR1  somebody stops the sweep: the worker stops cleanly, and that is the end
SIGTERM  the scheduler ends the job, and decides itself whether it begins again

A cell that runs out of time again and again and gets no further has failed; the others of its task go on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from agentkit.contracts.record import Record
from agentkit.errors import AgentkitError, Terminated
from agentkit.runs.folder import RunFolder
from agentkit.runs.sweeps.standing import LOCK, STATES, newest_run
from agentkit.runs.sweeps.tries import Ending, Entry, read_entries, write_entry
from agentkit.sandboxes.gpus.tickets import is_locked

LOG = "worker.log"
GRACE_SECONDS = 10
"""After SIGTERM, which a scheduler sends to all processes of a job: the worker has most likely had it, and
a second one would break off its cleaning up. After as long again it is killed; time is left to say so."""
LATE_SECONDS = 30
"""Whoever is ended so shortly before the time limit is ended by it: clocks and set-up differ by that much."""
OVER, UP = "over its time limit of", "the time of its job was up"
"""How the reasons of a cell begin that got no further in all of a job's time, and of one that did."""
KEPT = frozenset(("reply", "tool", "outcome", "review", "attempt", "measured", "calibrated"))
"""Events of a run that hold what is not done again when it goes on."""


class Batch(Record):
    """What the tasks of one submission are told, in a file. Variables of a job's environment are put in."""

    tasks: tuple[tuple[Path, ...], ...]
    """Of each task its cells' folders."""
    worker: tuple[str, ...]
    """The command that works on the folder named after it."""
    job: str
    """How the scheduler's programs call a task, such as `$SLURM_JOB_ID`."""
    requeue: tuple[str, ...]
    """The command that begins a task again."""
    limit_seconds: int
    stop_seconds: int
    """Before the limit SIGUSR2 comes."""
    over_times: int
    """How often in a row a cell may get no further in a job's time, and go on."""

    @property
    def limit(self) -> str:
        minutes = self.limit_seconds / 60
        return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"


class Task:
    """One of a batch's tasks, in its job."""

    def __init__(self, batch: Batch, number: int) -> None:
        self._batch = batch
        self._cells = batch.tasks[number]
        self._job = os.path.expandvars(batch.job)
        self._began = time.monotonic()
        self._begun = 0
        """How many cells were, in this job."""
        self._since = 0.0
        """When the last one was."""
        self._worker: subprocess.Popen[bytes] | None = None
        self._told: int | None = None
        """The first signal."""
        self._pressed = False
        """Whether the worker was told to stop by us."""

    def run(self) -> int:
        """Exit code: 0 when every cell's worker ended well."""
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, self._hear)
        worst = 0
        for cell in self._cells:
            if self._told is None and not is_settled(cell):
                worst = self._work_on(cell) or worst
        left = [cell for cell in self._cells if not is_settled(cell)]
        if self._told == signal.SIGUSR2 and left:
            return self._begin_again(left)
        return worst

    def _work_on(self, cell: Path) -> int:
        self._begun, self._since = self._begun + 1, time.time()
        say(f"{cell.name} begins; {cell / LOG}")
        with (cell / LOG).open("ab") as log:
            command = [*self._batch.worker, str(cell)]
            self._worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if self._told is not None:  # while it was being started
            self._press()
        code = self._worker.wait()
        signal.alarm(0)
        self._worker = None
        last = last_entry(cell)
        # It was killed before it could say a word; unless another worker holds the cell and began it.
        if last.kind == "began" and not is_locked(cell / LOCK):
            reason = f"its process ended with {ended_with(code)} (job {self._job})"
            last = write_entry(cell, Entry(kind="ended", how="lost", reason=reason, run=last.run))
        if self._told is not None and last.how in ("stopped", "lost"):
            how, reason = self._why(cell)
            last = write_entry(cell, Entry(kind="ended", how=how, reason=reason, run=last.run))
        say(f"{cell.name} {last.how or last.kind}{': ' if last.reason else ''}{last.reason}")
        return abs(code)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGALRM:
            self._press()
        elif self._told is None:
            self._told = number
            say(f"{signal.Signals(number).name}: stopping")
            if number == signal.SIGTERM:
                signal.alarm(GRACE_SECONDS)
            else:
                self._press()

    def _press(self) -> None:
        """Tell the worker to stop; the second time end it."""
        if self._worker is not None:
            self._worker.send_signal(signal.SIGKILL if self._pressed else signal.SIGTERM)
            signal.alarm(GRACE_SECONDS if self._told == signal.SIGTERM else self._batch.stop_seconds // 2)
        self._pressed = self._worker is not None

    def _why(self, cell: Path) -> tuple[Ending, str]:
        """What stopped the cell that was worked on. Only one that had all of a job's time is blamed."""
        limit, job = self._batch.limit, f"(job {self._job})"
        late = time.monotonic() - self._began > self._batch.limit_seconds - LATE_SECONDS
        if self._told == signal.SIGUSR1:
            return "stopped", f"the sweep was stopped {job}"
        if self._told == signal.SIGTERM and not late:
            return "stopped", f"cancelled or preempted {job}"
        if self._begun > 1 or got_further(cell, self._since):
            return "stopped", f"{UP}: {limit} {job}"
        count = over_times(read_entries(cell)) + 1
        how: Ending = "fault" if count > self._batch.over_times else "stopped"
        return how, f"{OVER} {limit}{f', {count} times' if count > 1 else ''} {job}"

    def _begin_again(self, left: Sequence[Path]) -> int:
        command = [os.path.expandvars(word) for word in self._batch.requeue]
        say(f"{len(left)} to go on with: {' '.join(command)}")
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            # Once it has had its effect, the scheduler may end it with all else in this job.
            problem = (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode > 0 else ""
        except OSError as error:
            problem = str(error)
        if problem:
            say(problem)
            reason = f"the time of job {self._job} was up, and it could not be put back: {problem}"
            for cell in left:
                write_entry(cell, Entry(kind="ended", how="infrastructure", reason=reason))
        return Terminated.exit_code


def is_settled(cell: Path) -> bool:
    """Whether a worker has nothing to do there, perhaps since before the job was put back into the queue."""
    return last_entry(cell).how in STATES


def last_entry(cell: Path) -> Entry:
    return next(reversed(read_entries(cell)), Entry(kind="again"))


def over_times(entries: Sequence[Entry]) -> int:
    """How often in a row it got no further in a job's time, since a person last asked for new tries."""
    count = 0
    for entry in entries:
        if entry.kind == "again" or entry.reason.startswith(UP):
            count = 0
        count += entry.reason.startswith(OVER)
    return count


def got_further(cell: Path, since: float) -> bool:
    """Whether its run kept something since then."""
    run = newest_run(cell)
    if run is None:
        return False
    try:
        return any(event.time >= since and event.kind in KEPT for event in RunFolder(run).events())
    except AgentkitError:
        return False


def ended_with(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", flush=True)


def main(file: str, number: str) -> int:
    return Task(Batch.model_validate_json(Path(file).read_bytes()), int(number)).run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
