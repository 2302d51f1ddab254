"""All rows of a folder. What was read before is kept in an index, by the stamps of the files it came from.

The index may be deleted at any time. A row in it counts only while every file that it was read from has the
size, the time and the inode it had; a row of a file that was just being written is not kept, since a second
writing within the clock's grain would leave no trace.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import agentkit
from agentkit.errors import AgentkitError, RunProblem
from agentkit.runs.tables.row import RowState, RunRow

# A look at what is known needs no code that reads runs, and importing that would take longer than the look.

SWEEP = "sweep.json"
"""What makes a folder a sweep's."""
FILES = ("run.json", "journal.jsonl", "summary.json")
SETTLED: tuple[RowState, ...] = ("finished", "failed", "refused")
"""Other states depend on which processes are alive, which no file tells."""
JUST_NOW = 2_000_000_000
"""Nanoseconds within which a file may be written again without looking different."""
CODE = ("contracts/summary.py", "contracts/sweep.py", "runs/summarise.py", "runs/sweeps", "runs/tables")
"""What a row is made by; when it changes, rows are made anew."""

SHARED = ("settings", "caps")
"""Columns that many rows have alike."""

Stamp = list[int]
"""Of each file: time, size, inode; zeros where there is none."""


class Place(NamedTuple):
    """Something that is a row."""

    key: str
    """Its path below the folder."""
    stamp: Stamp
    read: Callable[[], RunRow]


@dataclass(frozen=True)
class Found:
    """Rows in order, and how many of them had to be read."""

    rows: Sequence[RunRow]
    read: int


def read_rows(folder: Path, indexes: Path | None = None) -> Found:
    """Of a folder of runs, a sweep's folder, or one run's. `indexes`: where they are kept; None: nowhere.

    Raises RunProblem where there is no such folder, or a sweep in it is of another version.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise RunProblem(f"There is no folder {folder}.", "Next: agentkit runs, or --runs FOLDER")
    with undisturbed():
        return _read_rows(folder, Index.open(indexes, folder))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Rows are no garbage; to look for some among ten thousand of them takes as long as to make them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_rows(folder: Path, index: Index) -> Found:
    kept: dict[str, tuple[Stamp, Mapping[str, Any]]] = {}
    groups: list[list[RunRow]] = []
    read = 0
    now = time.time_ns()
    for group in places(folder):
        rows = []
        for place in group:
            row = index.row(place)
            if row is None:
                row = place.read()
                read += 1
                if row.state in SETTLED and max(place.stamp[::3], default=0) < now - JUST_NOW:
                    kept[place.key] = (place.stamp, row.model_dump(mode="json", exclude_defaults=True))
            else:
                kept[place.key] = index.entries[place.key]
            rows.append(row)
        groups.append(rows)
    index.keep(kept)
    return Found([row for rows in groups for row in filled_up(rows)], read)


def filled_up(rows: list[RunRow]) -> list[RunRow]:
    if all(row.attempts is not None for row in rows):
        return rows
    from agentkit.runs.tables.cells import with_siblings

    return with_siblings(rows)


def places(folder: Path) -> Iterator[list[Place]]:
    """In groups: one for the runs, one for each sweep. Oldest first, as names begin with their date."""
    if (folder / SWEEP).is_file():
        yield list(cell_places(folder, ""))
        return
    if (folder / "run.json").is_file():
        yield [run_place(str(folder.parent), folder.name)]
        return
    runs, sweeps = [], []
    with os.scandir(folder) as listing:
        names = sorted(each.name for each in listing if not each.name.startswith(".") and each.is_dir())
    for name in names:
        place = run_place(str(folder), name)
        if place.stamp[1]:
            runs.append(place)
        elif os.path.isfile(f"{folder}/{name}/{SWEEP}"):  # noqa: PTH113 - ten thousand of them
            sweeps.append(name)
    yield runs
    for name in sweeps:
        try:
            yield list(cell_places(folder / name, f"{name}/"))
        except AgentkitError as error:
            yield [unread_place(folder / name, error)]


def run_place(parent: str, name: str) -> Place:
    path = f"{parent}/{name}"
    return Place(name, stamp_of([f"{path}/{file}" for file in FILES]), partial(read_anew, path))


def read_anew(path: str) -> RunRow:
    from agentkit.runs.tables.reading import read_run

    return read_run(path)


def unread_place(folder: Path, error: AgentkitError) -> Place:
    """A sweep that cannot be read must not hide the runs beside it."""
    unread = RunRow(run=folder.name, folder=str(folder), state="missing", reason=error.message)
    return Place(folder.name, [], lambda: unread)


def cell_places(folder: Path, prefix: str) -> Iterator[Place]:
    """Of every cell of a sweep, begun or not."""
    from agentkit.runs.sweeps.place import open_sweep
    from agentkit.runs.sweeps.standing import TRIES
    from agentkit.runs.sweeps.tries import FILE as ENTRIES
    from agentkit.runs.tables.cells import row_of_cell

    sweep = open_sweep(folder)
    cells = f"{folder}/cells"
    for spec in sweep.grid:
        digest = spec.digest
        cell = f"{cells}/{digest}"
        stamp = stamp_of((f"{cell}/spec.json", f"{cell}/{ENTRIES}", f"{cell}/{TRIES}"))
        # Labels are no part of the digest, and may be renamed; tries decide what is given up.
        told = hashlib.sha256(json.dumps([dict(spec.labels), sweep.manifest.tries]).encode()).digest()
        stamp += [0, int.from_bytes(told[:6]), 0]
        for run in run_folders(f"{cell}/{TRIES}"):
            stamp += stamp_of([f"{run}/{file}" for file in FILES])
        yield Place(f"{prefix}{digest}", stamp, lambda sweep=sweep, spec=spec: row_of_cell(sweep.row(spec)))  # type: ignore[misc]


def run_folders(tries: str) -> list[str]:
    """All below, since the run that counts need not be the last: that may have died before it was one."""
    try:
        names = os.listdir(tries)  # noqa: PTH208 - ten thousand of them
    except OSError:
        return []
    return [f"{tries}/{name}" for name in sorted(names)]


def stamp_of(paths: Iterable[str]) -> Stamp:
    stamp: Stamp = []
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 - fifty thousand of them
        except OSError:
            stamp += (0, 0, 0)
        else:
            stamp += (found.st_mtime_ns, found.st_size, found.st_ino)
    return stamp


class Index:
    """Rows as they were read, with the stamps of their files."""

    def __init__(self, file: Path | None, entries: Mapping[str, tuple[Stamp, Mapping[str, Any]]]) -> None:
        self.file = file
        self.entries = entries

    @classmethod
    def open(cls, indexes: Path | None, folder: Path) -> Index:
        """Empty where there is none, or one that other code has made."""
        if indexes is None:
            return cls(None, {})
        file = indexes / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}.json"
        try:
            told = json.loads(file.read_bytes())
            if told["made_by"] != made_by():
                return cls(file, {})
            shared = told["shared"]
            for _, row in told["entries"].values():
                for name in SHARED:
                    if name in row:
                        row[name] = shared[row[name]]
            return cls(file, {key: (stamp, row) for key, (stamp, row) in told["entries"].items()})
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            return cls(file, {})

    def row(self, place: Place) -> RunRow | None:
        stamp, row = self.entries.get(place.key, (None, None))
        return RunRow.model_validate(row) if stamp == place.stamp else None

    def keep(self, entries: Mapping[str, tuple[Stamp, Mapping[str, Any]]]) -> None:
        """In place of what was there. A folder that cannot be written costs time and nothing else."""
        same = entries.keys() == self.entries.keys() and all(
            stamp == self.entries[key][0] for key, (stamp, _) in entries.items()
        )
        if self.file is None or same:
            return
        shared: dict[str, int] = {}
        written = {}
        for key, (stamp, row) in entries.items():
            small = dict(row)
            for name in SHARED:
                if name in row:
                    small[name] = shared.setdefault(json.dumps(row[name]), len(shared))
            written[key] = (stamp, small)
        tables = ",".join(shared)
        head = json.dumps({"made_by": made_by(), "entries": written}, separators=(",", ":"))
        from agentkit.runs.folder import write_whole

        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.file, f'{head[:-1]},"shared":[{tables}]}}')
        except OSError:
            return


def made_by() -> str:
    """Digest of the code that makes rows."""
    package = Path(agentkit.__file__).parent
    digest = hashlib.sha256(agentkit.__version__.encode())
    for name in CODE:
        path = package / name
        for file in [path] if path.is_file() else sorted(path.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
