"""The folder of one try of a job: all that its supervisor and whoever asks for it know of each other.

spec.json         what to run; written last, so a folder without it was never finished and is made anew
supervisor.json   who runs it; written before anything is started, so a try is never run twice
began.json        when it got its GPUs
result.json       how it ended
lost.json         why there is no result and never will be
lock              held by the supervisor
supervisor.log    what the supervisor itself said
output.log        the command's output, unless it has a log elsewhere
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agentkit import errors
from agentkit.contracts.jobs import NO_GPUS, GpuRequest
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import AgentkitError, RunProblem
from agentkit.sandboxes.gpus.holder import Holder
from agentkit.sandboxes.remove import discard

Kind = TypeVar("Kind", bound=Record)


class JobSpec(Record):
    """What a supervisor is told."""

    name: str
    digest: str
    """Of what the job's files come from; another one under the same name is another job."""
    run: str
    """GPUs are shared out evenly between runs."""
    command: Command
    sandbox: str
    """By its full name, which opens it again in another process."""
    gpus: GpuRequest = NO_GPUS
    seconds: float | None = None
    """Wall clock of the command, beside its own limit; waiting for GPUs does not count."""
    marker: str
    """`NAME=value` in the environment of the job's processes, by which they are found."""


class Began(Record):
    """When the command was started, in seconds since the epoch, and on which devices."""

    time: float
    queued_seconds: float = 0.0
    devices: tuple[str, ...] = ()


class Problem(Record):
    """An AgentkitError on its way through a file."""

    kind: str
    message: str
    lines: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: AgentkitError) -> Problem:
        return cls(kind=type(error).__name__, message=error.message, lines=error.lines)

    def error(self) -> AgentkitError:
        kind = getattr(errors, self.kind, AgentkitError)
        plain = isinstance(kind, type) and issubclass(kind, AgentkitError) and "__init__" not in vars(kind)
        return (kind if plain else AgentkitError)(self.message, *self.lines)


class Report(Record):
    """How a job ended: a result, or why it could not be run at all."""

    result: CommandResult | None = None
    problem: Problem | None = None
    gpu_seconds: float = 0.0
    queued_seconds: float = 0.0


class Lost(Record):
    """Why a try has no report."""

    reason: str
    gpu_seconds: float = 0.0
    """At most."""


@dataclass(frozen=True)
class JobFolder:
    """One try; its name is its number, from 1 on."""

    path: Path

    @property
    def number(self) -> int:
        return int(self.path.name)

    @property
    def next(self) -> JobFolder:
        return JobFolder(self.path.with_name(str(self.number + 1)))

    @property
    def files(self) -> Path:
        """What was laid out for the command."""
        return self.path / "files"

    @property
    def spec(self) -> JobSpec | None:
        return self._read("spec.json", JobSpec)

    @property
    def supervisor(self) -> Holder | None:
        return self._read("supervisor.json", Holder)

    @property
    def began(self) -> Began | None:
        return self._read("began.json", Began)

    @property
    def report(self) -> Report | None:
        return self._read("result.json", Report)

    @property
    def lost(self) -> Lost | None:
        return self._read("lost.json", Lost)

    @property
    def supervisor_log(self) -> Path:
        return self.path / "supervisor.log"

    def write(self, record: JobSpec | Holder | Began | Report | Lost) -> None:
        write_durably(self.path / NAMES[type(record)], record.model_dump_json())

    def clear(self) -> None:
        """Made anew and empty. The spec goes first: half a folder must not look like a whole one."""
        self.remove()
        self.files.mkdir(parents=True)

    def remove(self) -> None:
        (self.path / "spec.json").unlink(missing_ok=True)
        discard(self.path)

    def lose(self, lost: Lost) -> None:
        """What it said is kept; the files are of no use any more."""
        self.write(lost)
        discard(self.files)

    def lock(self) -> int | None:
        """A descriptor that holds the lock for as long as it is open; None: another process has it."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor

    def _read(self, name: str, kind: type[Kind]) -> Kind | None:
        try:
            text = (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return kind.model_validate_json(text)
        except ValueError as error:
            raise RunProblem(
                f"{self.path / name} cannot be read: {str(error).splitlines()[0]}.",
                "It was written by another version of agentkit, or changed by hand.",
                f"Next: rm -r {self.path.parent}, then resume; the job is begun again.",
            ) from error


NAMES: Mapping[type[Record], str] = {
    JobSpec: "spec.json",
    Holder: "supervisor.json",
    Began: "began.json",
    Report: "result.json",
    Lost: "lost.json",
}


def tries(folder: Path) -> list[JobFolder]:
    """Those of one job, oldest first."""
    try:
        names = [each.name for each in folder.iterdir() if each.name.isdigit()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [JobFolder(folder / name) for name in sorted(names, key=int)]


def write_durably(path: Path, text: str) -> None:
    """By a rename, and on disk when this returns: neither a crash nor a power cut leaves half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    with draft.open("w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
