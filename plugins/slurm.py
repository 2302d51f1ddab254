"""Has array jobs of Slurm work on the cells of a sweep: `agentkit sweep FILE --engine slurm`."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError, model_validator

from agentkit.contracts.record import WrittenRecord
from agentkit.contracts.sweep import Engine
from agentkit.errors import AgentkitError, MissingRequirement, RunProblem, UnknownName, UsageError
from agentkit.runs.engines.task import Batch
from agentkit.runs.folder import write_whole
from agentkit.runs.sweeps.standing import STATES
from agentkit.runs.sweeps.tries import Entry, read_entries, write_entry

from ._slurm_programs import AWAY, NAME, PROGRAMS, Row, ask, away, largest_array, missing, queued

EXTRA = "agentkit-research[slurm]"
PYTHON = (sys.executable, "-P", "-u", "-m")
"""Without -P, modules in the folder that the sweep was begun in would stand before Python's own."""
WORKER = "agentkit.runs.sweeps.worker"
TASK = "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
"""Not SLURM_JOB_ID: the last task's is also the number of the whole array, and would put all of it back."""
PATIENCE_SECONDS = 900.0
"""For which a controller may be away while jobs go on without it."""
LOOK_SECONDS = 3.0
"""Between two questions to the controller, which the whole cluster shares."""
NEVER = ("PartitionTimeLimit", "PartitionNodeLimit", "BadConstraints", "InvalidAccount", "InvalidQOS")
"""Reasons to wait that do not pass; as squeue gives them."""
LOG = "slurm-%A_%a.out"
"""As Slurm itself calls them; in the sweep's folder `slurm`."""
LINES = 5
"""Of a job's last words."""
OURS = {"array", "job-name", "open-mode", "requeue", "signal", "time"}
"""Options of sbatch that jobs are known, stopped and begun again by."""
MEND = "Next: mend [engine.slurm] in the sweep file; `sinfo` and `scontrol show partition` say what there is"


class SlurmSettings(WrittenRecord):
    """The table [engine.slurm] of a sweep file; what is empty is left to the cluster."""

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    minutes: int = Field(default=60, ge=1)
    """Time limit of a job. A run that needs longer goes on in the next one."""
    cpus: int = Field(default=1, ge=1)
    memory_gb: float | None = Field(default=None, gt=0)
    gpus: int | str = 0
    """As in --gres=gpu:…, so 2 or "h100:2"."""
    cells_per_task: int = Field(default=1, ge=1)
    """In turn in one job; for runs that are shorter than the time a job waits."""
    workers: int = Field(default=256, ge=1)
    """Most jobs of one array that run."""
    queue: int = Field(default=2000, ge=1)
    """Most cells that are in the queue or running."""
    stop_seconds: int = Field(default=90, ge=5)
    """So long before its time is up a job is told to stop."""
    over_times: int = Field(default=3, ge=0)
    """How often in a row a cell may get no further in all of a job's time, and go on in another one."""
    setup: tuple[str, ...] = ()
    """Lines of shell before the work, such as `module load cuda`."""
    options: Mapping[str, str] = Field(default_factory=dict)
    """More of sbatch's options, such as reservation = "icml"; they win over ours."""

    @model_validator(mode="after")
    def check_whole(self) -> SlurmSettings:
        if self.stop_seconds * 2 > self.minutes * 60:
            raise ValueError("stop_seconds of at most half of the minutes")
        if taken := sorted({name.replace("_", "-") for name in self.options} & OURS):
            raise ValueError(f"options without {', '.join(taken)}, which agentkit itself says")
        return self

    def parameters(self, name: str, logs: Path) -> dict[str, Any]:
        """In submitit's words. Only the batch script's own process is told that the time is nearly up: what
        an agent trains must not hear of it."""
        found = {
            "job_name": name,
            "partition": self.partition,
            "account": self.account,
            "qos": self.qos,
            "constraint": self.constraint,
            "time": self.minutes,
            "cpus_per_task": self.cpus,
            "mem": f"{max(1, round(self.memory_gb * 1024))}M" if self.memory_gb else "",
            "gres": f"gpu:{self.gpus}" if self.gpus else "",
            "array_parallelism": self.workers,
            "setup": list(self.setup),
            "stderr_to_stdout": True,
            "use_srun": False,
        }
        more = {
            "signal": f"B:USR2@{self.stop_seconds}",
            "requeue": True,
            "output": str(logs / LOG),
            **self.options,
        }
        return {**{key: value for key, value in found.items() if value != ""}, "additional_parameters": more}


class Seat(NamedTuple):
    """A cell in the queue."""

    cell: Path
    job: str
    since: float


class Slurm:
    """The engine. Which cells are in the queue is asked of squeue; nothing of that is kept."""

    name = "slurm"

    def __init__(self, folder: Path, settings: SlurmSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._seats: dict[str, Seat] = {}
        """By the name of the cell's folder."""
        self._answered: float | None = None
        self._away = False
        """Whether the last question was not answered."""

    def start(self, cells: Sequence[Path]) -> None:
        """What an earlier sweep, which was killed, has left in the queue is not submitted again."""
        self._look()
        while self._away:
            self._look()
        cells = [cell.absolute() for cell in cells if cell.name not in self._seats]
        size = self._settings.cells_per_task
        tasks = [tuple(cells[at : at + size]) for at in range(0, len(cells), size)]
        most = largest_array() if tasks else 1
        for at in range(0, len(tasks), most):
            array = self._submit(tasks[at : at + most])
            for number, task in enumerate(tasks[at : at + most]):
                seats = (Seat(cell, f"{array}_{number}", time.time()) for cell in task)
                self._seats.update({seat.cell.name: seat for seat in seats})

    def working(self) -> frozenset[str]:
        if self._answered is None or time.monotonic() - self._answered > LOOK_SECONDS:
            self._look()
        return frozenset(self._seats)

    def room(self) -> int:
        taken = len(self.working())
        return 0 if self._away else max(0, self._settings.queue - taken)

    def stop(self) -> None:
        """What waits is cancelled; what runs is told to stop, and cancelled if it does not."""
        names = {f"--name={NAME}{row.batch}" for row in self._rows()}
        for name in names:
            ask("scancel", "--quiet", "--state=PENDING", name)
            ask("scancel", "--quiet", "--state=RUNNING", "--batch", "--signal=USR1", name)
        deadline = time.monotonic() + self._settings.stop_seconds
        while names and self._rows():
            time.sleep(1.0)
            if time.monotonic() > deadline:
                for name in names:
                    ask("scancel", "--quiet", name)
                return

    def _submit(self, tasks: Sequence[tuple[Path, ...]]) -> str:
        """One array; returns its number. Its file comes first, so that no job is in the queue without it."""
        from submitit import SlurmExecutor
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        settings, batch = self._settings, uuid.uuid4().hex[:12]
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(batch)
        told = Batch(
            tasks=tuple(tasks),
            worker=(*PYTHON, WORKER),
            job=TASK,
            requeue=("scontrol", "requeue", TASK),
            limit_seconds=settings.minutes * 60,
            stop_seconds=settings.stop_seconds,
            over_times=settings.over_times,
        )
        write_whole(file, told.model_dump_json(indent=1) + "\n")
        executor = SlurmExecutor(self._folder)
        executor.update_parameters(**settings.parameters(NAME + batch, self._folder))
        executor.parameters["map_count"] = len(tasks)
        # The shell makes way for our process, so that the signal for the batch script reaches it. A function
        # would be pickled by submitit; a command needs nothing but the file.
        command = shlex.join([*PYTHON, "agentkit.runs.engines.task", str(file)])
        try:
            with contextlib.redirect_stderr(io.StringIO()):  # to which submitit prints what it then raises
                return executor._submit_command(f'exec {command} "$SLURM_ARRAY_TASK_ID"').job_id
        except (FailedJobError, FailedSubmissionError) as error:
            file.unlink()
            raise refusal(str(error), settings) from error

    def _look(self) -> None:
        """Ask which cells are in the queue. While the controller is away, what it said last holds."""
        try:
            rows = self._rows()
        except AgentkitError:
            if self._answered is None or time.monotonic() - self._answered > PATIENCE_SECONDS:
                raise
            self._away = True
            time.sleep(LOOK_SECONDS)
            return
        self._away = False
        for row in rows:
            if row.state == "PENDING" and row.reason in NEVER:
                self._give_up(row)
        batches = {name: self._batch(name) for name in {row.batch for row in rows}}
        before, self._seats = self._seats, {}
        for row in rows:
            for cell in batches[row.batch].tasks[row.number]:
                since = before[cell.name].since if cell.name in before else time.time()
                self._seats[cell.name] = Seat(cell, row.job, since)
        self._answered = time.monotonic()
        for name in before.keys() - self._seats.keys():
            self._account_for(before[name])

    def _account_for(self, seat: Seat) -> None:
        """Of a job that is gone and said nothing of this cell: its node or its set-up failed, or somebody
        cancelled it while it waited."""
        entries = read_entries(seat.cell)
        last = entries[-1] if entries else Entry(kind="again")
        # What is final stays so, also what a job said before this sweep took it up again.
        if last.how in STATES or (last.kind == "ended" and last.time >= seat.since):
            return
        log = self._folder / LOG.replace("%A_%a", seat.job)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
        reason = f"job {seat.job} ended without a word on it" if lines else f"job {seat.job} never began"
        said = (f"Looked in: {log}", *lines[-LINES:]) if lines else ()
        with contextlib.suppress(OSError):  # a full disk
            write_entry(seat.cell, Entry(kind="ended", how="lost", reason=reason, lines=said))

    def _rows(self) -> list[Row]:
        """Of this sweep: a batch's file is in its folder."""
        return [row for row in queued() if self._file(row.batch).is_file()]

    def _file(self, batch: str) -> Path:
        return self._folder / f"{batch}.json"

    def _batch(self, name: str) -> Batch:
        path = self._file(name)
        try:
            return Batch.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise RunProblem(
                f"{path} cannot be read, so nobody knows which cells job {NAME}{name} works on.",
                f"Next: scancel --name={NAME}{name}, and begin the sweep again",
            ) from error

    def _give_up(self, row: Row) -> None:
        ask("scancel", "--quiet", f"--name={NAME}{row.batch}")
        raise UsageError(
            f"Slurm will never start job {row.job}: {row.reason}.",
            f"Asked for: {self._settings.model_dump(exclude_defaults=True)}",
            f"It was cancelled. {MEND}",
        )


def refusal(said: str, settings: SlurmSettings) -> AgentkitError:
    """Of sbatch's words the error that helps."""
    if AWAY.search(said):
        return away(said)
    if "partition" in said.lower():
        known = ask("sinfo", "--noheader", "--format=%R").split()
        if settings.partition not in known:
            where = "[engine.slurm] partition = …"
            return UnknownName("partition", settings.partition, known, ["sinfo"], where)
    asked = settings.model_dump(exclude_defaults=True)
    return UsageError(
        "Slurm refused the jobs.",
        *said.splitlines(),
        f"Asked for: {asked or 'its defaults'}",
        MEND,
    )


def open_engine(folder: Path, settings: SlurmSettings) -> Engine:
    """Of the sweep in `folder`. Raises MissingRequirement without submitit or Slurm's programs."""
    try:
        import submitit  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingRequirement(
            "The engine 'slurm' submits its jobs through submitit, which is not installed.",
            f"Next: pip install '{EXTRA}'",
        ) from error
    if absent := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise missing(absent)
    return Slurm(folder.resolve() / "slurm", settings)


SETTINGS = SlurmSettings
