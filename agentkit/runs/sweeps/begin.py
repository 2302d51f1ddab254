"""Beginning a sweep, or going on with one: is the folder that of this file, and what is left to do?"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.errors import RunProblem
from agentkit.project import start_folder
from agentkit.runs.sweeps.ends import end_of_reason
from agentkit.runs.sweeps.file import Source
from agentkit.runs.sweeps.place import (
    MANIFEST,
    VERSION,
    Manifest,
    SweepFolder,
    lay_out,
    open_sweep,
)
from agentkit.runs.sweeps.planning import beneath, changes
from agentkit.runs.sweeps.standing import STATES
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
        if self.before is None or spec.digest not in self.before.known:
            return CellRow(spec=spec, state="waiting")
        return self.before.row(spec)

    @property
    def left_behind(self) -> int:
        """Cells in the folder that the file no longer asks for."""
        return len(self.before.known - {spec.digest for spec in self.grid}) if self.before else 0

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
    if before is not None and before.begun:
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


def refuse_other(before: SweepFolder, grid: Sequence[RunSpec]) -> None:
    """A file may grow and shrink; one that shares no run with the folder is another sweep."""
    if before.known & {spec.digest for spec in grid}:
        return
    raise RunProblem(
        f"{before.path} holds another sweep: none of its {len(before.known):,} runs is one of this file's.",
        f"Found there: {before.manifest.title or 'a sweep without a title'}; {before.path / 'sweep.toml'}",
        "Next: choose another folder with --out DIR",
    )


def refuse_changed(before: SweepFolder, told: Mapping[str, str]) -> None:
    """Runs under other settings must not be compared with those that are there."""
    if changed := changes(before.manifest.beneath, told):
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
    """Cells that the sweep's budget cut short may go on, as it may have been raised, and so may those
    whose run is gone, which last said that they are finished; with `failed` also those that failed or were
    refused. Returns the rows as they are then."""
    renewed = []
    for row in rows:
        asked = failed and row.state in ("failed", "refused")
        if asked or row.state == "missing" or cut_by_budget(folder, row):
            write_entry(folder.cell(row.spec), Entry(kind="again"))
            row = folder.row(row.spec)
        renewed.append(row)
    return renewed


def cut_by_budget(folder: SweepFolder, row: CellRow) -> bool:
    """Whether that of the sweep ended it: by its worker's word, else by its journal's."""
    if row.state != "failed":
        return False
    last = next(reversed(read_entries(folder.cell(row.spec))), Entry(kind="again"))
    return last.how == "budget" or (last.how not in STATES and end_of_reason(row.reason) == "budget")
