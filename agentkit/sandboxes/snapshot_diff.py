"""The difference of two snapshots as a unified diff."""

from __future__ import annotations

import difflib

from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.manifest import Entry, Manifest

TEXT_BYTES = 1024 * 1024
"""Larger texts are named only: a line-wise comparison of them takes minutes."""


def unified_diff(blobs: Blobs, before: Manifest, after: Manifest) -> str:
    """Files and links by path; a folder has no lines of its own."""
    parts: list[str] = []
    for path in sorted(before.entries.keys() | after.entries.keys()):
        old, new = before.entries.get(path), after.entries.get(path)
        if old != new:
            parts += compare(blobs, path, without_folder(old), without_folder(new))
    return "".join(f"{line}\n" for line in parts)


def without_folder(entry: Entry | None) -> Entry | None:
    return None if entry and entry.kind == "folder" else entry


def compare(blobs: Blobs, path: str, old: Entry | None, new: Entry | None) -> list[str]:
    if old is None and new is None:
        return []
    name = printable(path)
    if old and new and old.kind == new.kind and old.content == new.content:
        return [f"Mode of {name} changed from {old.mode:03o} to {new.mode:03o}"]
    before, after = lines_of(blobs, old), lines_of(blobs, new)
    if before is None or after is None:
        word = "removed" if new is None else "added" if old is None else "changed"
        return [f"Binary file {name} {word}"]
    heads = (f"a/{name}" if old else "/dev/null", f"b/{name}" if new else "/dev/null")
    lines = list(difflib.unified_diff(before, after, *heads, lineterm=""))
    # An empty file has no lines to differ in.
    return [part for line in lines for part in line.split("\0")] or [f"--- {heads[0]}", f"+++ {heads[1]}"]


def lines_of(blobs: Blobs, entry: Entry | None) -> list[str] | None:
    """None: not text. A missing last line end is shown the way diff does."""
    if entry is None:
        return []
    if entry.kind == "link":
        return [f"link to {printable(entry.content)}"]
    data = blobs.get(entry.content)
    if b"\0" in data or len(data) > TEXT_BYTES:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    if lines[-1]:
        lines[-1] += "\0\\ No newline at end of file"
    else:
        lines.pop()
    return lines


def printable(name: str) -> str:
    """File names are any bytes; a diff is one line of text each."""
    return name.encode("utf-8", "backslashreplace").decode().replace("\n", "\\n")
