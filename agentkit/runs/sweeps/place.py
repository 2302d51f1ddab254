"""The folder of a sweep.

sweep.toml            the file, as it was when the sweep was last begun
sweep.json            version, when and where it was made, what its runs see besides their own settings
grid.jsonl            a cell a line, in order
lock                  held by the one process that drives it
budget.toml           what [budget] says; beside it what each run has used
cells/<digest>/       spec.json; tries.jsonl; lock, held by who works on it; worker.log, what that one
                      printed; tries/<run>/, run folders
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agentkit.contracts.budget import SharedCaps
from agentkit.contracts.record import Record
from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.errors import RunProblem
from agentkit.journal.shared_budget import SharedBudget
from agentkit.runs.folder import RunFolder, write_whole
from agentkit.runs.sweeps.file import Source
from agentkit.runs.sweeps.standing import TRIES, row_of
from agentkit.runs.sweeps.tries import FILE as ENTRIES
from agentkit.sandboxes.gpus.tickets import lock_file

VERSION = 1
MANIFEST, GRID, LOCK, BUDGET = "sweep.json", "grid.jsonl", "lock", "budget.toml"


class Manifest(Record):
    """sweep.json"""

    version: int
    title: str = ""
    created: float
    project: Path
    """The folder whose kit and agentkit.toml count."""
    folder: Path
    """The working directory: a task may be named by a path."""
    source: Path
    """The folder of the sweep file: paths in it are relative to that."""
    beneath: Mapping[str, str]
    """Digests of the settings that agentkit.toml and the environment say beneath those of the file."""
    tries: int
    """How often a cell may be cut short."""


@dataclass(frozen=True)
class SweepFolder:
    """A sweep that was laid out."""

    path: Path

    @cached_property
    def manifest(self) -> Manifest:
        """Raises RunProblem where it is no sweep, or one of another version."""
        return read_manifest(self.path)

    @cached_property
    def grid(self) -> Sequence[RunSpec]:
        """Every cell, in order."""
        try:
            lines = (self.path / GRID).read_bytes().splitlines()  # text would end at U+2028, too
            return [RunSpec.model_validate_json(line) for line in lines]
        except (OSError, ValidationError) as error:
            raise RunProblem(
                f"{self.path / GRID} cannot be read: {str(error).splitlines()[0]}.",
                "Next: agentkit sweep FILE writes it anew, and keeps every run",
            ) from error

    @property
    def budget(self) -> Path | None:
        """The caps of all runs together; None: there are none."""
        file = self.path / BUDGET
        return file if file.is_file() else None

    @property
    def begun(self) -> bool:
        """Whether there is a run in it, of whatever file, that could be mistaken for one of another sweep."""
        return any(self.path.glob(f"cells/*/{ENTRIES}"))

    @cached_property
    def known(self) -> frozenset[str]:
        """Digests of the cells that it was laid out for, by its last file or one before."""
        names = {cell.name for cell in self.path.glob("cells/*")}
        with contextlib.suppress(RunProblem):  # a damaged grid is about to be written anew
            names |= {spec.digest for spec in self.grid}
        return frozenset(names)

    def cell(self, spec: RunSpec) -> Path:
        return self.path / "cells" / spec.digest

    def row(self, spec: RunSpec) -> CellRow:
        return row_of(self.cell(spec), spec, self.manifest.tries)

    def rows(self) -> list[CellRow]:
        """Every cell as it stands."""
        return [self.row(spec) for spec in self.grid]


def open_sweep(path: Path) -> SweepFolder:
    """Raises RunProblem where it is no sweep, or one of another version."""
    folder = SweepFolder(path.expanduser().resolve())
    assert folder.manifest.version == VERSION
    return folder


def read_manifest(path: Path) -> Manifest:
    try:
        told = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        version = told.get("version") if isinstance(told, dict) else None
        if version != VERSION:
            raise RunProblem(
                f"The sweep in {path} was made by {who(version)} agentkit.",
                f"Expected: version {VERSION} in {MANIFEST}",
                f"Found: {version!r}",
                "Next: read it with that version, or choose another folder with --out DIR; its runs can "
                f"be read cell by cell: agentkit runs --runs-folder {path / 'cells'}/CELL/tries",
            )
        return Manifest.model_validate(told)
    except (OSError, ValueError) as error:
        raise RunProblem(
            f"{path} is no sweep's folder: its {MANIFEST} cannot be read ({str(error).splitlines()[0]}).",
            "Next: agentkit sweep FILE --out DIR makes one",
        ) from error


def who(version: Any) -> str:
    return "a newer" if isinstance(version, int) and version > VERSION else "an older"


def lay_out(path: Path, source: Source, grid: Sequence[RunSpec], manifest: Manifest) -> SweepFolder:
    """Make the folder, or bring one up to date; no run in it is touched. For the one who holds its lock.

    The manifest comes first: where this is cut short, the same command goes on with it. The grid comes after
    the cells, so that it names none that was not made. Raises RunProblem where it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        write_whole(path / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
        for spec in grid:
            lay_out_cell(path / "cells" / spec.digest, spec)
        write_whole(path / GRID, "".join(f"{spec.model_dump_json()}\n" for spec in grid))
        write_whole(path / "sweep.toml", source.text)
        write_budget(path / BUDGET, source.file.budget)
    except OSError as error:
        raise unwritable(path, error) from error
    return SweepFolder(path)


def lay_out_cell(cell: Path, spec: RunSpec) -> None:
    """What its run is told; its labels may be others than before."""
    (cell / TRIES).mkdir(parents=True, exist_ok=True)
    text, file = spec.model_dump_json(indent=2) + "\n", cell / "spec.json"
    if not file.is_file() or file.read_bytes() != text.encode():
        write_whole(file, text)


def write_budget(file: Path, caps: SharedCaps) -> None:
    """The caps as they are now; what the runs have used stays beside them."""
    lines = [f"{name} = {cap}\n" for name, cap in caps.model_dump(exclude_none=True).items()]
    if lines:
        if not file.is_file():
            count_earlier(file, caps)
        write_whole(file, "".join(lines))
    else:
        file.unlink(missing_ok=True)


def count_earlier(file: Path, caps: SharedCaps) -> None:
    """What runs that were made while there were no caps have used. One that cannot be read has no part."""
    for manifest in sorted(file.parent.glob(f"cells/*/{TRIES}/*/run.json")):
        run = RunFolder(manifest.parent.resolve())
        try:
            state = run.state()
        except RunProblem:
            continue
        SharedBudget(file, caps, run.path, state).keep()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """The sweep is this process's while the block lasts; the kernel frees it if the process dies.

    Raises RunProblem if another one drives it, or the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = lock_file(path / LOCK, fcntl.LOCK_EX)
    except OSError as error:
        raise unwritable(path, error) from error
    if lock is None:
        host, _, process = (path / LOCK).read_text(encoding="utf-8", errors="replace").strip().partition(" ")
        where = "" if host == socket.gethostname() else f" on {host or 'an unknown machine'}"
        raise RunProblem(
            f"The sweep in {path} is being driven by process {process or 'unknown'}{where}.",
            f"Next: wait for it, stop it with `kill -INT {process}`, or choose another folder with --out DIR",
        )
    try:
        os.truncate(lock, 0)
        os.write(lock, f"{socket.gethostname()} {os.getpid()}\n".encode())
        yield
    finally:
        os.close(lock)


def unwritable(path: Path, error: OSError) -> RunProblem:
    return RunProblem(
        f"The sweep's folder {path} cannot be written: {error.strerror}.",
        "Next: choose another one with --out DIR, make room, or mend its permissions; "
        "the same command then goes on where it was",
    )
