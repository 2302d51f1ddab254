"""A snapshot: every file of the work and of the harness's run as it stood, read once, and safely.

All that a judge is shown and all that a citation is held against comes from here, so the work can change
nothing between the two. Files of the work lie at their path, those of the harness at `harness/…`; a folder
`harness` of the work's own is left out, because nothing of the work may pass for the harness's word.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from agentkit.judge.code_text import CodeText, code_text
from agentkit.judge.defences.visible import visible_name
from agentkit.judge.evidence import HARNESS, LARGEST_READ, Evidence
from agentkit.judge.images import read_picture
from agentkit.judge.notebook import as_script
from agentkit.judge.rubrics.files import POINTER
from agentkit.source.paths import SKIPPED
from agentkit.source.textfile import is_binary

Provenance = Literal["candidate", "harness"]

MOST_FILES = 10_000
MOST_FOLDERS = 20_000
LARGEST_TEXT = 4 * 1024 * 1024
"""Bytes of one file that are kept as text."""
ALL_TEXT = 64 * 1024 * 1024
"""Bytes of all files that are kept as text."""
BROKEN_SHARE = 0.05
"""Characters that are no UTF-8; with more of them a file is no text."""


@dataclass(frozen=True)
class SnapshotFile:
    """A regular file. `path` is written as a judge sees it, hidden characters made visible."""

    path: str
    sha256: str
    """Empty: not read."""
    size: int
    provenance: Provenance
    text: str | None = None
    """With `\\n` line ends. Of a notebook its cells as a script, of a picture what it measures."""
    reason: str = ""
    """Why there is no text."""
    note: str = ""
    """What the text is, where it is not the file's own."""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """`lines[0]` is line 1. A last line's end begins no further line."""
        if not self.text:
            return ()
        return tuple(self.text.removesuffix("\n").split("\n"))

    @cached_property
    def code(self) -> CodeText:
        """Blank where there is no text."""
        return code_text(self.path, self.text or "")

    @property
    def is_picture(self) -> bool:
        return self.note == PICTURE or self.path.lower().endswith(".svg")


PICTURE = "a picture; this is what a program measured of it"
NOTEBOOK = "a notebook, shown as a script"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Compared by identity; `digest` tells whether two hold the same files."""

    files: Mapping[str, SnapshotFile]
    """By path, in the order of the paths."""
    digest: str
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def snapshot_of(files: Iterable[SnapshotFile], notes: Sequence[str] = ()) -> Snapshot:
    ordered = sorted(files, key=lambda each: each.path)
    digest = hashlib.sha256()
    for each in ordered:
        text = "" if each.text is None else hashlib.sha256(each.text.encode("utf-8", "replace")).hexdigest()
        digest.update(f"{each.path}\0{each.sha256}\0{each.size}\0{each.provenance}\0{text}\n".encode())
    return Snapshot(MappingProxyType({each.path: each for each in ordered}), digest.hexdigest(), tuple(notes))


def take_snapshot(evidence: Evidence) -> Snapshot:
    """Never raises for what the work holds: what cannot be read is there without a text, and says why."""
    notes: list[str] = []
    files: list[SnapshotFile] = []
    room = _Room(ALL_TEXT)
    # The harness's files first: no flood of the work's own may push them out.
    if evidence.harness is not None:
        files += _take(evidence.harness, "harness", room, notes)
    files += _take(evidence.folder, "candidate", room, notes)
    return snapshot_of(files, notes)


@dataclass
class _Room:
    """Characters that may still be kept."""

    text: int


def _take(folder: Path, provenance: Provenance, room: _Room, notes: list[str]) -> list[SnapshotFile]:
    found: list[SnapshotFile] = []
    for path in _walk(folder, provenance, notes):
        if len(found) == MOST_FILES:
            notes.append(
                f"the {provenance}'s folder has more than {MOST_FILES:,} files; the rest is left out"
            )
            break
        name = visible_name(path.relative_to(folder).as_posix())
        if (taken := _read(folder, path, name, provenance, room, notes)) is not None:
            found.append(taken)
    return found


def _walk(folder: Path, provenance: Provenance, notes: list[str]) -> Iterator[Path]:
    """All that is no folder, folder by folder, by name. Links to folders are not followed."""
    waiting = [folder]
    seen = 0
    while waiting:
        current = waiting.pop()
        seen += 1
        if seen > MOST_FOLDERS:
            notes.append(
                f"the {provenance}'s folder has more than {MOST_FOLDERS:,} folders; the rest is left out"
            )
            return
        try:
            with os.scandir(current) as entries:
                inside = sorted(entries, key=lambda each: each.name)
        except OSError as problem:
            notes.append(f"{_shown(folder, current)} cannot be read: {problem.strerror}")
            continue
        folders = []
        for entry in inside:
            path = Path(entry.path)
            if provenance == "candidate" and current == folder and entry.name == HARNESS:
                notes.append(f"the work's own '{HARNESS}' is left out: that name is the harness's")
            elif not entry.is_dir(follow_symlinks=False):
                yield path
            elif entry.name not in SKIPPED:
                folders.append(path)
        waiting += reversed(folders)


def _shown(folder: Path, path: Path) -> str:
    return visible_name(path.relative_to(folder).as_posix())


def _read(
    folder: Path, path: Path, name: str, provenance: Provenance, room: _Room, notes: list[str]
) -> SnapshotFile | None:
    """None for what is no regular file, or a link to nothing or out of the folder."""
    shown = f"{HARNESS}/{name}" if provenance == "harness" else name
    try:
        real = path.resolve(strict=True)
        state = real.stat()
        if not real.is_relative_to(folder.resolve()):
            notes.append(f"{shown} is left out: a link that leads out of the folder")
            return None
        if not stat.S_ISREG(state.st_mode):
            if not path.is_symlink() or not stat.S_ISDIR(state.st_mode):
                notes.append(f"{shown} is left out: not a regular file")
            return None
        if state.st_size > LARGEST_READ:
            reason = f"has {state.st_size:,} bytes, of which none was read; at most {LARGEST_READ:,} are"
            return SnapshotFile(shown, "", state.st_size, provenance, reason=reason)
        data = _bytes_of(real)
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as problem:  # RuntimeError: a loop of links, before Python 3.13
        why = problem.strerror if isinstance(problem, OSError) and problem.strerror else "a loop of links"
        notes.append(f"{shown} is left out: {why}")
        return None
    text, reason, note = text_of(data, shown)
    if text is not None:
        room.text -= len(text)
        if room.text < 0:
            text, reason = None, f"no room: of all files {ALL_TEXT:,} characters are kept"
    digest = hashlib.sha256(data).hexdigest()
    return SnapshotFile(shown, digest, len(data), provenance, text, reason, note)


def _bytes_of(path: Path) -> bytes:
    """Not blocked by a pipe that has taken the file's place."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST_READ + 1)[:LARGEST_READ]


def text_of(data: bytes, name: str) -> tuple[str | None, str, str]:
    """Text, why there is none, and what it is where it is not the file's own."""
    if (picture := read_picture(data)) is not None and not name.endswith(".svg"):
        said = [f"text in the file: {' '.join(each.split())}" for each in picture.texts]
        return "\n".join([str(picture), *said]) + "\n", "", PICTURE
    if len(data) > LARGEST_TEXT and not name.endswith(".ipynb"):
        return None, f"has {len(data):,} bytes; of a text at most {LARGEST_TEXT:,} are shown", ""
    text = decoded(data)
    if text is None:
        return None, "is no text", ""
    if text.startswith(POINTER):
        return None, "is a Git LFS pointer; the file itself is not there", ""
    if name.endswith(".ipynb") and (script := as_script(text)) is not None:
        text, note = script, NOTEBOOK
    else:
        note = ""
    if len(text) > LARGEST_TEXT:
        return None, f"has {len(text):,} characters; at most {LARGEST_TEXT:,} are shown", ""
    return text, "", note


def decoded(data: bytes) -> str | None:
    """With `\\n` line ends; what is no UTF-8 becomes the replacement character. None: no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    elif is_binary(data):
        return None
    else:
        text = data.decode("utf-8-sig", errors="replace")
    if text.count("\ufffd") > BROKEN_SHARE * len(text):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")
