"""Snapshots of a workspace: content-addressed, so that a state costs only what changed since the last.

What is kept: regular files, folders (empty ones too), symlinks as links, permission bits. What is not:
times, owners, hard links (each name becomes a file), sockets, pipes and devices, files above 64 MB, and
what the ignore globs match. `__pycache__` and `.git` are ignored by default: the one goes stale, the other
is a second history beside ours. A restore removes ignored things too, since a leftover of another state
(a `.pyc` of the same second, a checkpoint) would be used as if it belonged to this one.

A folder is read and written while no process of its candidate runs; nothing here defends against one that
swaps folders for links at the same moment.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agentkit.errors import RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.manifest import Entry, Manifest, read_bytes
from agentkit.sandboxes.snapshot_diff import unified_diff

IGNORED = ("__pycache__", ".git")
FILE_BYTES = 64 * 1024 * 1024
FRESH_NANOSECONDS = 20_000_000
"""A file changed this recently may change again without its times showing it: it is read again next time."""

Fingerprint = tuple[int, int, int, int]


class SnapshotWorkspace:
    """`contracts.workspace.Workspace` on a folder and a store of blobs.

    `ignore`: globs, matched against a name and against the path from the folder.
    """

    def __init__(self, folder: Path, blobs: Blobs, ignore: Sequence[str] = IGNORED) -> None:
        self._folder = folder
        self._blobs = blobs
        self._ignored = re.compile("|".join(fnmatch.translate(glob) for glob in ignore) or r"(?!)")
        self._digests: dict[str, tuple[Fingerprint, str]] = {}
        self.skipped: dict[str, str] = {}
        """What the last snapshot left out, with the reason; ignored things are not counted."""

    @property
    def folder(self) -> Path:
        return self._folder

    def snapshot(self) -> str:
        manifest, self._digests = self._scan()
        self.skipped = dict(manifest.skipped)
        return manifest.save(self._blobs)

    def restore(self, digest: str) -> None:
        wanted = Manifest.load(self._blobs, digest).entries
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._clear(wanted)
        # A parent sorts before what is in it.
        folders = sorted(path for path, entry in wanted.items() if entry.kind == "folder")
        for path in folders:
            place = self._folder / path
            place.mkdir(exist_ok=True)
            open_up(place)
        for path, entry in wanted.items():
            if entry.kind != "folder" and path not in kept:
                state = write(self._blobs, self._folder / path, entry)
                kept[path] = (fingerprint(state), entry.content)
        for path in reversed(folders):
            (self._folder / path).chmod(wanted[path].mode)
        settled = time.time_ns() - FRESH_NANOSECONDS
        self._digests = {path: each for path, each in kept.items() if each[0][2] < settled}

    def _clear(self, wanted: Mapping[str, Entry]) -> dict[str, tuple[Fingerprint, str]]:
        """Remove all that is not wanted; returns the files and links that are right already."""
        kept: dict[str, tuple[Fingerprint, str]] = {}
        for path, place, state in walk(self._folder):
            entry = wanted.get(path)
            if entry is None or kind_of(state) != entry.kind:
                remove(place)
            elif entry.kind != "folder" and self._is(path, place, state, entry):
                kept[path] = (fingerprint(state), entry.content)
        return kept

    def _is(self, path: str, place: str, state: os.stat_result, entry: Entry) -> bool:
        if entry.kind == "link":
            return os.fspath(Path(place).readlink()) == entry.content
        if stat.S_IMODE(state.st_mode) != entry.mode or state.st_nlink > 1 or state.st_size > FILE_BYTES:
            return False
        known = self._digests.get(path)
        if known and known[0] == fingerprint(state):
            return known[1] == entry.content
        return hashlib.sha256(read_bytes(Path(place))).hexdigest() == entry.content

    def diff(self, before: str, after: str) -> str:
        return unified_diff(
            self._blobs, Manifest.load(self._blobs, before), Manifest.load(self._blobs, after)
        )

    def _scan(self) -> tuple[Manifest, dict[str, tuple[Fingerprint, str]]]:
        """What the folder holds, and the digests that will still be right if a fingerprint is the same."""
        entries: dict[str, Entry] = {}
        skipped: dict[str, str] = {}
        digests: dict[str, tuple[Fingerprint, str]] = {}
        settled = time.time_ns() - FRESH_NANOSECONDS
        for path, place, state in walk(self._folder, self._ignored):
            kind, mode = kind_of(state), stat.S_IMODE(state.st_mode) & 0o777
            if kind == "folder":
                entries[path] = Entry("folder", mode)
            elif kind == "link":
                entries[path] = Entry("link", content=os.fspath(Path(place).readlink()))
            elif kind is None:
                skipped[path] = "not a regular file"
            elif state.st_size > FILE_BYTES:
                skipped[path] = f"larger than {FILE_BYTES // 2**20} MB"
            else:
                now = fingerprint(state)
                known = self._digests.get(path)
                digest = known[1] if known and known[0] == now else self._blobs.put(read_bytes(Path(place)))
                entries[path] = Entry("file", mode, digest)
                if state.st_ctime_ns < settled:
                    digests[path] = (now, digest)
        return Manifest(entries, skipped), digests


def write(blobs: Blobs, place: Path, entry: Entry) -> os.stat_result:
    """A new file under the name: an old one may be shared with others by a hard link."""
    place.unlink(missing_ok=True)
    if entry.kind == "link":
        place.symlink_to(entry.content)
        return place.lstat()
    try:
        data = blobs.get(entry.content)
    except KeyError as error:
        raise RunProblem(f"The content of {place.name} is missing from {blobs.folder}.") from error
    with place.open("xb") as file:
        file.write(data)
    place.chmod(entry.mode)
    return place.lstat()


def lay_out(blobs: Blobs, digest: str, folder: Path) -> None:
    """Make `folder` hold exactly a snapshot; what else was in it is removed."""
    SnapshotWorkspace(folder, blobs).restore(digest)


def walk(folder: Path, ignored: re.Pattern[str] | None = None) -> Iterator[tuple[str, str, os.stat_result]]:
    """Path from the folder, place, and state of all that is in it, a folder before what it holds."""
    waiting = [("", os.fspath(folder))]
    while waiting:
        prefix, place = waiting.pop()
        for entry in list_folder(place):
            path = prefix + entry.name
            if ignored and (ignored.match(entry.name) or ignored.match(path)):
                continue
            state = entry.stat(follow_symlinks=False)
            yield path, entry.path, state
            if stat.S_ISDIR(state.st_mode) and Path(entry.path).exists():
                waiting.append((f"{path}/", entry.path))


def list_folder(place: str) -> list[os.DirEntry[str]]:
    """Its entries; one that its owner may not list is lent the permission for a moment."""
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except PermissionError:
        path = Path(place)
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | stat.S_IRWXU)
        try:
            with os.scandir(place) as entries:
                return list(entries)
        finally:
            path.chmod(mode)


def kind_of(state: os.stat_result) -> str | None:
    """None: a socket, a pipe or a device."""
    if stat.S_ISDIR(state.st_mode):
        return "folder"
    if stat.S_ISLNK(state.st_mode):
        return "link"
    return "file" if stat.S_ISREG(state.st_mode) else None


def fingerprint(state: os.stat_result) -> Fingerprint:
    return (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)


def remove(place: str) -> None:
    """A file, a link itself, or a folder with all that is in it."""
    path = Path(place)
    open_up(path.parent)
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    open_up(path)
    for _, inner, state in walk(path):
        if stat.S_ISDIR(state.st_mode):
            open_up(Path(inner))
    shutil.rmtree(path)


def open_up(folder: Path) -> None:
    """Let its owner change what is in it."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(mode | stat.S_IRWXU)
