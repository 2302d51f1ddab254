"""Pieces: the difference of two versions of some files, cut where a part of it could be applied alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from agentkit.source.atomic.splitting import Hunk, split
from agentkit.source.languages import language_of

Files = Mapping[str, bytes]
"""Contents by path."""
Kind = Literal["lines", "added", "removed", "replaced"]
"""Of a file: some lines, or all of it."""
MOST_LINES = 20_000
"""A longer file is one piece: comparing it line by line would take minutes."""


@dataclass(frozen=True)
class Piece:
    """One place of the difference. Lines count from 0 and `last` is the first line after it."""

    number: int
    """In the order of paths, and within a file in the order of its lines."""
    path: str
    kind: Kind
    first: int
    last: int
    """Of the lines of the first version that it replaces; equal to `first`: it only adds some."""
    old: bytes
    new: bytes
    line: int
    """Where `new` stands in the second version."""


def pieces_of(start: Files, target: Files) -> tuple[Piece, ...]:
    """All of them applied to `start` give `target`, byte for byte."""
    found: list[Piece] = []
    for path in sorted(start.keys() | target.keys()):
        old, new = start.get(path), target.get(path)
        if old == new:
            continue
        if old is None or new is None or not has_lines(old) or not has_lines(new):
            kind: Kind = "added" if old is None else "removed" if new is None else "replaced"
            found.append(Piece(len(found), path, kind, 0, 0, old or b"", new or b"", 0))
            continue
        before, after = lines_of(old), lines_of(new)
        for hunk in hunks(path, before, after):
            found.append(
                Piece(
                    number=len(found),
                    path=path,
                    kind="lines",
                    first=hunk.first,
                    last=hunk.last,
                    old=b"".join(before[hunk.first : hunk.last]),
                    new=b"".join(after[hunk.new_first : hunk.new_last]),
                    line=hunk.new_first,
                )
            )
    return tuple(found)


def applied(start: Files, pieces: Iterable[Piece]) -> dict[str, bytes]:
    """`start` with these pieces, of those that `pieces_of` found; the order does not matter."""
    chosen: dict[str, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda each: each.number):
        chosen.setdefault(piece.path, []).append(piece)
    files = dict(start)
    for path, own in chosen.items():
        if own[0].kind == "removed":
            del files[path]
        elif own[0].kind in ("added", "replaced"):
            files[path] = own[0].new
        else:
            files[path] = b"".join(with_lines(lines_of(start[path]), own))
    return files


def with_lines(lines: list[bytes], pieces: Iterable[Piece]) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        yield from lines[done : piece.first]
        yield piece.new
        done = piece.last
    yield from lines[done:]


def hunks(path: str, before: list[bytes], after: list[bytes]) -> Iterator[Hunk]:
    """Where lines differ; in a language of ours cut between statements."""
    language = language_of(path)
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > 4000)
    found = [Hunk(*each[1:]) for each in matcher.get_opcodes() if each[0] != "equal"]
    return iter(found) if language is None else split(found, before, after, language)


def has_lines(content: bytes) -> bool:
    return b"\0" not in content and content.count(b"\n") <= MOST_LINES


def lines_of(content: bytes) -> list[bytes]:
    """With their ends: joined they are the content again. A carriage return alone ends none: parsers and
    editors count newlines."""
    parts = content.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
