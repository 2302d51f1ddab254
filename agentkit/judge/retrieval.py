"""Retrieval: the files that a judge is shown for a leaf, found without a model, the same each time.

A model that ranks files for every leaf costs as much as the judging and shows each leaf other files, so that
nothing of a prompt can be cached. Here names in the criterion, definitions and words decide (BM25), and all
files are shown where all fit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agentkit.contracts.rubric import Criterion
from agentkit.judge.admissible import may_hold
from agentkit.judge.defences.fence import Fence
from agentkit.judge.snapshot import Snapshot, SnapshotFile
from agentkit.source.ranking import scores

HEAD_CHARS = 60_000
"""Of a longer file this much is ranked."""
NAMED = 100.0
DEFINED = 20.0
ADMISSIBLE = 5.0
"""What a criterion's naming a file, its naming what the file defines, and the file's being of the right kind
count beside BM25, which for these texts lies between 0 and about 30."""
LINE_CHARS = 7
"""What a line's number adds to it."""
IDENTIFIER = re.compile(
    r"`([^`\n]+)`|\b([A-Za-z_]\w*_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z0-9]+[A-Z]\w+|[A-Z]{2,}\w*)\b"
)


@dataclass(frozen=True)
class Part:
    """Lines of a file; all of them, or as many of the first as there was room for."""

    path: str
    first_line: int
    last_line: int


@dataclass(frozen=True)
class FileSet:
    """What is shown for a leaf, by path. Leaves with equal sets share their prompts' beginning."""

    parts: tuple[Part, ...]
    left_out: int = 0
    """Files with a text that did not fit."""
    snapshot: str = ""
    """The snapshot's digest."""

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.parts)

    @cached_property
    def digest(self) -> str:
        said = "\n".join(f"{each.path}\0{each.first_line}\0{each.last_line}" for each in self.parts)
        return hashlib.sha256(f"{self.snapshot}\n{said}".encode()).hexdigest()

    def show(self, snapshot: Snapshot, fence: Fence) -> str:
        """The parts in blocks. Of a masked snapshot, too: its lines are as many, its files may be fewer."""
        blocks = []
        for part in self.parts:
            if (file := snapshot.files.get(part.path)) is None:
                continue
            text = "\n".join(file.lines[part.first_line - 1 : part.last_line])
            kind = f"file ({file.note})" if file.note else "file"
            blocks.append(fence.wrap(kind, part.path, text, part.first_line))
        return "\n".join(blocks)


def files_for(leaf: Criterion, ancestors: Sequence[Criterion], snapshot: Snapshot, room: int) -> FileSet:
    """At most `room` characters of them, line numbers counted, the marks of the blocks not."""
    readable = [each for each in snapshot.files.values() if each.lines]
    if sum(_size(each) for each in readable) <= room:
        return FileSet(tuple(_whole(each) for each in readable), 0, snapshot.digest)
    chosen: list[Part] = []
    for file in _ranked(leaf, ancestors, snapshot):
        if _size(file) <= room:
            chosen.append(_whole(file))
            room -= _size(file)
        elif not chosen and (count := _lines_within(file, room)):
            chosen.append(Part(file.path, 1, count))
            room = 0
    parts = tuple(sorted(chosen, key=lambda each: each.path))
    return FileSet(parts, len(readable) - len(parts), snapshot.digest)


def _ranked(leaf: Criterion, ancestors: Sequence[Criterion], snapshot: Snapshot) -> list[SnapshotFile]:
    index = _index(snapshot)
    query = " ".join([*(each.text for each in ancestors), leaf.text])
    near = scores(query, index.texts)
    named = {(first or second).lower() for first, second in IDENTIFIER.findall(leaf.text)}
    lower = leaf.text.lower()

    def worth(number: int) -> tuple[float, str]:
        file = index.files[number]
        name = file.path.rpartition("/")[2].lower()
        bonus = NAMED if name in lower else 0.0
        bonus += DEFINED * len(named & index.names[number])
        bonus += ADMISSIBLE * may_hold(leaf, file)
        return -(near[number] + bonus), file.path

    return [index.files[number] for number in sorted(range(len(index.files)), key=worth)]


@dataclass(frozen=True)
class _Index:
    files: list[SnapshotFile]
    texts: list[str]
    """Path and beginning of each."""
    names: list[frozenset[str]]
    """What each defines."""


@lru_cache(maxsize=2)
def _index(snapshot: Snapshot) -> _Index:
    files = [each for each in snapshot.files.values() if each.lines]
    texts = [f"{each.path}\n{(each.text or '')[:HEAD_CHARS]}" for each in files]
    return _Index(files, texts, [_defined(text) for text in texts])


_DEFINITION = re.compile(r"\b(?:def|class|struct|function|func|fn|void|float|int|double|auto)\s+(\w+)")


def _defined(text: str) -> frozenset[str]:
    return frozenset(each.lower() for each in _DEFINITION.findall(text))


def _size(file: SnapshotFile) -> int:
    return len(file.text or "") + LINE_CHARS * len(file.lines)


def _whole(file: SnapshotFile) -> Part:
    return Part(file.path, 1, len(file.lines))


def _lines_within(file: SnapshotFile, room: int) -> int:
    count = 0
    for line in file.lines:
        room -= len(line) + 1 + LINE_CHARS
        if room < 0:
            break
        count += 1
    return count
