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
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agentkit.errors import RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.manifest import Entry, Manifest, read_bytes
from agentkit.sandboxes.remove import open_up, remove
from agentkit.sandboxes.snapshot_diff import printable, unified_diff

IGNORED = ("__pycache__", ".git")
FILE_BYTES = 64 * 1024 * 1024
SHOWN = 5
"""Files left out that a note names."""
DEEPEST = 2048
"""Bytes of a relative path; what lies below a longer one is not kept."""
FRESH_NANOSECONDS = 20_000_000
"""A file changed this recently may change again without its times showing it: it is read again next time."""

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

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
                state = write(self._blobs, f"{self._folder}/{path}", entry)
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
                open_up(Path(place).parent)
                remove(Path(place))
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
                if too_deep(path):
                    skipped[path] = "folders in it lie too deep"
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


def write(blobs: Blobs, place: str, entry: Entry) -> os.stat_result:
    """A new file under the name: an old one may be shared with others by a hard link.

    System calls by themselves: laying out a workspace is thousands of these. RunProblem if the content is
    lost or is not what its name says.
    """
    if entry.kind == "link":
        Path(place).unlink(missing_ok=True)
        Path(place).symlink_to(entry.content)
        return Path(place).lstat()
    try:
        data = blobs.get(entry.content)
    except KeyError as error:
        raise RunProblem(f"The content of {Path(place).name} is missing from {blobs.folder}.") from error
    if hashlib.sha256(data).hexdigest() != entry.content:
        raise RunProblem(
            f"The content of {Path(place).name} is damaged.",
            f"Found: {blobs.path(entry.content)} is not what its name says.",
        )
    try:
        descriptor = os.open(place, NEW_FILE, 0o600)
    except FileExistsError:
        Path(place).unlink()
        descriptor = os.open(place, NEW_FILE, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fchmod(descriptor, entry.mode)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def not_kept(skipped: Mapping[str, str]) -> str:
    """One line for whoever made them, so that nobody counts on a checkpoint that is not there next time."""
    shown = [f"{printable(path)} ({why})" for path, why in list(skipped.items())[:SHOWN]]
    more = f" and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
    return f"Not kept with this version of the files: {', '.join(shown)}{more}." if shown else ""


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
            if stat.S_ISDIR(state.st_mode) and not too_deep(path) and Path(entry.path).exists():
                waiting.append((f"{path}/", entry.path))


def too_deep(path: str) -> bool:
    """A path of the kernel has 4,096 bytes at most, and part of them are the folder's own place."""
    return len(os.fsencode(path)) > DEEPEST


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
