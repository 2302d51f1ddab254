"""Manifest: what a folder holds, as paths with modes, digests and link targets. Kept as a blob of JSON."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from agentkit.errors import RunProblem
from agentkit.journal.blobs import Blobs

VERSION = 1
Kind = Literal["file", "folder", "link"]


class Entry(NamedTuple):
    """One path. Owner's, group's and others' permission bits only: no set-uid, no sticky bit."""

    kind: Kind
    mode: int = 0
    content: str = ""
    """A file's digest or a link's target."""


@dataclass(frozen=True)
class Manifest:
    """Entries by relative path, and what was left out, with the reason."""

    entries: Mapping[str, Entry]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def save(self, blobs: Blobs) -> str:
        """Its digest, which is the same for the same content."""
        document = {
            "version": VERSION,
            "entries": {
                path: [entry.kind, f"{entry.mode:o}", entry.content] for path, entry in self.entries.items()
            },
            "skipped": dict(self.skipped),
        }
        # ASCII, so that file names that are no UTF-8 (lone surrogates) come through.
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return blobs.put(text.encode("ascii"))

    @classmethod
    def load(cls, blobs: Blobs, digest: str) -> Manifest:
        """RunProblem if it is not there, is no manifest, or names a path outside of its folder."""
        try:
            data = blobs.get(digest)
        except KeyError as error:
            raise RunProblem(
                f"There is no snapshot {digest[:12] or '(empty digest)'}.", f"Looked in: {blobs.folder}"
            ) from error
        try:
            document = json.loads(data)
            entries = {
                path: Entry(kind, int(mode, 8), content)
                for path, (kind, mode, content) in document["entries"].items()
            }
            version, skipped = document["version"], dict(document["skipped"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise RunProblem(f"{digest[:12]} is not a snapshot: {error}.") from error
        if version != VERSION:
            raise RunProblem(f"Snapshot {digest[:12]} has version {version}; this agentkit reads {VERSION}.")
        check_paths(entries)
        return cls(entries, skipped)


def check_paths(entries: Mapping[str, Entry]) -> None:
    """Refuse what would write outside of the folder: absolute paths, `..`, a path through a link."""
    for path, entry in entries.items():
        parts = path.split("/")
        if not path or "\0" in path or any(part in ("", ".", "..") for part in parts):
            raise RunProblem(f"A snapshot names the path {path!r}, which is not inside its folder.")
        parent = path.rpartition("/")[0]
        if parent and entries.get(parent, NOTHING).kind != "folder":
            raise RunProblem(f"A snapshot names {path!r}, but {parent!r} is not a folder in it.")
        if entry.kind not in ("file", "folder", "link") or "\0" in entry.content:
            raise RunProblem(f"A snapshot has an entry of an unknown kind at {path!r}.")
        if entry.kind == "file" and not (len(entry.content) == 64 and set(entry.content) <= HEXADECIMAL):
            raise RunProblem(f"A snapshot has no digest for the file {path!r}.")
        if entry.mode & ~0o777:
            raise RunProblem(f"A snapshot gives {path!r} the mode {entry.mode:o}; only 0…777 is allowed.")


HEXADECIMAL = set("0123456789abcdef")
NOTHING = Entry("file")


def read_bytes(path: Path) -> bytes:
    """A regular file's content, never through a link; one without read permission is lent it for a moment."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except PermissionError:
        mode = stat.S_IMODE(path.lstat().st_mode)
        path.chmod(mode | stat.S_IRUSR)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        finally:
            path.chmod(mode)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
