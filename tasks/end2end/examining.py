"""Examining: how the harness runs a candidate's work by itself and measures what came of it.

A miniature's `examine.py` says what is run and measured; the bench runs it. Only the candidate's Python files
travel: a table, a plot or a file of results that it brought stays behind, so what is found in the output of a
run was made by that run.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from agentkit.contracts.outcome import Flag, Status
from agentkit.contracts.sandbox import Command, CommandResult, Environment
from agentkit.contracts.task import Candidate
from agentkit.evaluation.locked import LockedFiles, is_plain, lay_candidate, walk

GIVEN, OUT, PRINTED, PRODUCED = "given", "out", "output.txt", "produced"
"""In a run's folder: what the harness lays there, where the run writes; what it printed, and the folder
below an evaluation's logs in which the latest run is kept. A run may not use the last two names."""
SEED = "AGENTKIT_SEED"
MOST_KEPT = 200
"""Files of one run that are kept."""
LARGEST_KEPT = 32 * 1024**2
"""Bytes of one run that are kept."""
LARGEST_READ = 16 * 1024**2
SHOWN = 5


class Refused(Exception):
    """A candidate gets no further."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status: Status = status
        self.reason = reason


@dataclass(frozen=True)
class Ran:
    """One run of the work: how it ended, and copies of what it wrote."""

    result: CommandResult
    folder: Path

    def read(self, name: str, most_bytes: int = LARGEST_READ) -> bytes | None:
        """None: it wrote no such file, or one that is no plain file or too large."""
        path = self.folder / name
        if not is_plain(path) or path.stat().st_size > most_bytes:
            return None
        return path.read_bytes()

    def read_json(self, name: str) -> Any | None:
        """None: there is none, or it is not JSON. Whatever else it is, is the candidate's choice."""
        data = self.read(name)
        try:
            return None if data is None else json.loads(data)
        except (ValueError, RecursionError):
            return None


@dataclass
class Bench:
    """One evaluation: runs the work, and collects what is known of it."""

    candidate: Candidate
    locked: LockedFiles
    """Files of the task that lie in every fresh copy."""
    environment: Environment
    produced: Path
    """What the runs wrote, a folder a run."""
    data: Path
    """What `Examination.prepare` made."""
    figures: dict[str, float]
    flags: list[Flag] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    """Of each run so far, for a reader of the log."""

    @property
    def seed(self) -> int:
        return self.candidate.seed

    async def run(self, name: str, words: Sequence[str], given: Mapping[str, bytes]) -> Ran:
        """`python *words` in a fresh copy that holds `given/…` and an empty folder `out`.

        Raises Refused if it does not end well.
        """

        def lay_out(folder: Path) -> Command:
            work = folder / "work"
            lay_program(self.candidate.folder, work, self.locked)
            for place in (GIVEN, OUT):
                shutil.rmtree(work / place, ignore_errors=True)
                (work / place).mkdir()
            for each, content in given.items():
                (work / GIVEN / each).write_bytes(content)
            variables = {**self.environment.variables, SEED: str(self.seed)}
            return Command(
                argv=("python", *words),
                folder=work,
                environment=self.environment.model_copy(update={"variables": variables}),
                log=self.candidate.logs / f"{name}-{self.seed}.log",
            )

        job = await self.candidate.jobs.run(name, lay_out, on_output=self.candidate.on_output)
        kept = self.produced / name
        lack = keep_output(job.command.folder / OUT, kept)
        (kept / PRINTED).write_text(job.result.output, encoding="utf-8")
        self.printed.append(job.result.output)
        check_end(name, job.result, self.environment)
        if lack:
            raise Refused("invalid", f"what {name} wrote cannot be kept: {lack}")
        return Ran(job.result, kept)


class Examination(Protocol):
    """What a miniature's `examine.py` offers under the name `examination`."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Every figure it measures, with the value of work that did nothing."""

    def prepare(self, folder: Path) -> None:
        """Write what every candidate is given, such as trained weights. Same input, same bytes."""

    async def examine(self, bench: Bench) -> str:
        """Run the work and fill in `bench.figures`; returns one line on how it went.

        Raises Refused for what a candidate did; anything else is a fault of the task.
        """


def lay_program(source: Path, target: Path, locked: LockedFiles) -> tuple[Flag, ...]:
    """The candidate's Python files and the task's locked ones, nothing else."""
    flags = lay_candidate(source, target, locked)
    for path in walk(target):
        own = path.relative_to(target).as_posix() in locked.sources
        if path.is_symlink() or (is_plain(path) and path.suffix != ".py" and not own):
            path.unlink()
    return flags


def keep_output(out: Path, kept: Path) -> str:
    """Copy the plain files below `out` to the new folder `kept`; returns why not all of them, or nothing."""
    kept.mkdir(parents=True)
    if out.is_symlink() or not out.is_dir():
        return f"there is no folder {OUT} any more"
    count = size = 0
    for path in walk(out):
        if {PRINTED, PRODUCED} & set(path.relative_to(out).parts) or not is_plain(path):
            continue
        count, size = count + 1, size + path.stat().st_size
        if count > MOST_KEPT or size > LARGEST_KEPT:
            return f"more than {MOST_KEPT} files or {LARGEST_KEPT:,} bytes"
        copy = kept / path.relative_to(out)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy, follow_symlinks=False)
    return ""


def check_end(name: str, result: CommandResult, environment: Environment) -> None:
    if result.status in ("timeout", "silent"):
        raise Refused("timeout", f"{name} did not end within {environment.limits.seconds:g} s")
    if result.status != "ok":
        lines = [line.strip() for line in result.output.splitlines() if line.strip()]
        last = lines[-1][:300] if lines else f"exit code {result.exit_code}"
        raise Refused("crash", f"{name} failed: {last}")


def check_program(program: Path, left_out: Sequence[Flag], most_bytes: int) -> None:
    """Of a copy as it was laid; `left_out`: flags of laying it."""
    grave = [each for each in left_out if each.code != "locked_file_changed"]
    if grave:
        found = "; ".join(f"{each.code}: {each.evidence}" for each in grave)
        raise Refused("invalid", f"the workspace holds what cannot be part of a solution ({found})")
    size = sum(path.stat().st_size for path in walk(program) if is_plain(path))
    if size > most_bytes:
        raise Refused("invalid", f"the Python files have {size:,} bytes, and {most_bytes:,} are allowed")
