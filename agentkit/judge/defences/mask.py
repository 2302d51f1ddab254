"""Masks: the work without the text that speaks to the judge, line for line as long as before.

A verdict that is another one without that text rested on it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from agentkit.contracts.rubric import Suspect
from agentkit.judge.code_text import is_code
from agentkit.judge.snapshot import Snapshot, SnapshotFile, snapshot_of

MASK = "[masked]"
MOST_AROUND = 40
"""Lines of the same comment or paragraph that go with a suspect one, each way."""


def masked(snapshot: Snapshot, suspects: Collection[Suspect]) -> Snapshot:
    """The same line numbers; code beside a suspect comment stays. A file whose name speaks is left out."""
    by_path: dict[str, list[Suspect]] = {}
    for each in suspects:
        by_path.setdefault(each.path, []).append(each)
    kept = [
        _masked(file, by_path[path]) if path in by_path else file
        for path, file in snapshot.files.items()
        if not any(each.line == 0 for each in by_path.get(path, ()))
    ]
    return snapshot_of(kept, snapshot.notes)


def _masked(file: SnapshotFile, suspects: Collection[Suspect]) -> SnapshotFile:
    hit = affected_lines(file, suspects)
    if file.text is None or not hit:
        return file
    tokens = file.code.tokens.split("\n")
    lines = list(file.lines)
    for number in hit:
        code = tokens[number - 1].rstrip() if is_code(file.path) else ""
        lines[number - 1] = f"{code}  {MASK}" if code.strip() else MASK
    return replace(file, text="\n".join(lines) + "\n" * file.text.endswith("\n"))


def affected_lines(file: SnapshotFile, suspects: Collection[Suspect]) -> frozenset[int]:
    """The suspect lines of a file, each with the rest of its comment, docstring or paragraph.

    All lines of a file whose name is suspect.
    """
    if any(each.path == file.path and each.line == 0 for each in suspects):
        return frozenset(range(1, len(file.lines) + 1))
    own = [each.line for each in suspects if each.path == file.path and 1 <= each.line <= len(file.lines)]
    found = set(own)
    if not own:
        return frozenset()
    is_other = _code_or_blank(file)
    for line in own:
        if is_other[line - 1] and is_code(file.path):
            continue  # beside code there is only this line's own text
        for step in (-1, 1):
            near = line + step
            while 1 <= near <= len(is_other) and abs(near - line) <= MOST_AROUND and not is_other[near - 1]:
                found.add(near)
                near += step
    return frozenset(found)


def _code_or_blank(file: SnapshotFile) -> list[bool]:
    """Lines that end a comment or a paragraph."""
    if is_code(file.path):
        tokens = file.code.tokens.split("\n")
        return [bool(each.strip()) for each in tokens[: len(file.lines)]]
    return [not each.strip() for each in file.lines]
