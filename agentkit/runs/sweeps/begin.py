"""Beginning a sweep, or going on with one: is the folder that of this file, and what is left to do?"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.errors import RunProblem
from agentkit.project import start_folder
from agentkit.runs.sweeps.file import Source
from agentkit.runs.sweeps.place import (
    MANIFEST,
    VERSION,
    Manifest,
    SweepFolder,
    lay_out,
    open_sweep,
)
from agentkit.runs.sweeps.planning import beneath
from agentkit.runs.sweeps.tries import Entry, read_entries, write_entry

DONE = ("finished", "failed", "refused")


@dataclass(frozen=True)
class Sweep:
    """A file and a folder that belong together; the folder may not be there yet."""

    source: Source
    grid: Sequence[RunSpec]
    path: Path
    before: SweepFolder | None
    """None: it is begun for the first time."""
    manifest: Manifest

    def row(self, spec: RunSpec) -> CellRow:
        if self.before is None or spec.digest not in self._known:
            return CellRow(spec=spec, state="waiting")
        return self.before.row(spec)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Cells that the folder was laid out for."""
        return frozenset(spec.digest for spec in self.before.grid) if self.before else frozenset()

    @property
    def left_behind(self) -> int:
        """Cells in the folder that the file no longer asks for."""
        return len(self._known - {spec.digest for spec in self.grid})

    def lay_out(self) -> SweepFolder:
        """For the one who holds the folder's lock."""
        return lay_out(self.path, self.source, self.grid, self.manifest)

    @property
    def checked_with(self) -> dict[str, Any]:
        """What stands for the budget of all runs where plans are tried: whether a price is known."""
        cap = self.source.file.budget.dollars
        return {} if cap is None else {"dollars": cap}


def open_or_plan(source: Source, grid: Sequence[RunSpec], path: Path) -> Sweep:
    """Raises RunProblem for a folder of another sweep, or of one that saw other settings beneath its own."""
    path = path.expanduser().resolve()
    before = open_sweep(path) if (path / MANIFEST).exists() else None
    if before is None and (path / "cells").exists():
        raise RunProblem(
            f"{path} has cells, but no {MANIFEST} that says what they are.",
            "Next: choose another folder with --out DIR",
        )
    told = beneath(os.environ, start_folder())
    if before is not None and begun(before):
        refuse_other(before, grid)
        refuse_changed(before, told)
        refuse_elsewhere(before, start_folder())
    manifest = Manifest(
        version=VERSION,
        title=source.file.title,
        created=before.manifest.created if before else time.time(),
        project=start_folder(),
        folder=Path.cwd(),
        source=source.path.resolve().parent,
        beneath=told,
        tries=source.file.retry.tries,
    )
    return Sweep(source, grid, path, before, manifest)


def begun(folder: SweepFolder) -> bool:
    """Whether there is a run in it that could be mistaken for one of this sweep's."""
    return any(folder.cell(spec).joinpath("tries.jsonl").exists() for spec in folder.grid)


def refuse_other(before: SweepFolder, grid: Sequence[RunSpec]) -> None:
    """A file may grow and shrink; one that shares no run with the folder is another sweep."""
    if {spec.digest for spec in before.grid} & {spec.digest for spec in grid}:
        return
    raise RunProblem(
        f"{before.path} holds another sweep: none of its {len(before.grid):,} runs is one of this file's.",
        f"Found there: {before.manifest.title or 'a sweep without a title'}; {before.path / 'sweep.toml'}",
        "Next: choose another folder with --out DIR",
    )


def refuse_changed(before: SweepFolder, told: Mapping[str, str]) -> None:
    """Runs under other settings must not be compared with those that are there."""
    then = before.manifest.beneath
    changed = sorted(name for name in {*then, *told} if then.get(name) != told.get(name))
    if changed:
        raise RunProblem(
            f"The settings beneath those of the sweep have changed since it began: {', '.join(changed)}.",
            "Looked in: agentkit.toml and the environment (AGENTKIT_…), which hold for all its runs",
            "Next: put them back; or say them under [fixed] and choose another folder with --out DIR",
        )


def refuse_elsewhere(before: SweepFolder, project: Path) -> None:
    """Another folder may have others of the same names; one that was moved is the same."""
    then = before.manifest.project
    if then != project and then.is_dir():
        raise RunProblem(
            f"The sweep in {before.path} was begun in the project {then}, whose tasks and scaffolds it uses.",
            f"Found: {project}",
            f"Next: cd {then}, then the same command; or choose another folder with --out DIR",
        )


def give_new_tries(folder: SweepFolder, rows: Sequence[CellRow], *, failed: bool) -> list[CellRow]:
    """Cells that the sweep's budget cut short may go on, as it may have been raised; with `failed` also those
    that failed or were refused. Returns the rows as they are then."""
    renewed = []
    for row in rows:
        cell = folder.cell(row.spec)
        if row.state in DONE and row.state != "finished":
            entries = read_entries(cell)
            if failed or (entries and entries[-1].how == "budget"):
                write_entry(cell, Entry(kind="again"))
                row = folder.row(row.spec)
        renewed.append(row)
    return renewed
