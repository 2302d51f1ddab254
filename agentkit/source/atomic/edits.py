"""Atomic edits: the difference between two versions of the work as parts that can be taken one by one."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agentkit.source.atomic.joining import Difference, Group, join
from agentkit.source.atomic.pieces import Files, Piece, applied, pieces_of
from agentkit.source.languages import Language, language_of, parse
from agentkit.source.symbols import enclosing

By = Literal["edit", "definition", "file"]
"""How large a part is: as small as it can be; all of one function or class; all of one file."""
SHOWN_CHARS = 56
SAID = {"added": "a new file", "removed": "the file is gone", "replaced": "another content"}
ONLY_TEXT = "only comments, docstrings and blank lines"
LITERALS = ("string_literal", "raw_string_literal", "char_literal")
"""Nodes of C in which a blank tells."""
LOCKED = "in files that the task lays anew for every evaluation"


@dataclass(frozen=True)
class AtomicEdit:
    """One part of the difference."""

    id: str
    """`e1`, in the order of the files and their lines."""
    pieces: tuple[Piece, ...]
    where: str
    """`train.py:18 Recipe`, of its first piece, in the second version."""
    text: str
    """Its first line before and after, and how many more there are."""
    joined: tuple[str, ...] = ()
    """Why its pieces are one edit."""
    inert: str = ""
    """Why it cannot change what the work does; empty: it may."""


def atomic_edits(
    start: Files, target: Files, *, by: By = "edit", locked: Collection[str] = ()
) -> tuple[AtomicEdit, ...]:
    """All of them applied to `start` give `target`, none of them `start`, byte for byte.

    Those that change nothing but text are one edit, the last. `locked`: paths where a change has no effect.
    """
    pieces = pieces_of(start, target)
    free = [piece for piece in pieces if piece.path not in locked]
    held = [piece for piece in pieces if piece.path in locked]
    difference = Difference(start, target, pieces)
    groups = [each for each in joined_free(difference, free)]
    idle = [each for each in groups if is_inert(difference, each)]
    groups = coarser([each for each in groups if each not in idle], by, start, target)
    edits = [make_edit(f"e{number}", each, start, target) for number, each in enumerate(groups, 1)]
    for some, why in ((merged(idle), ONLY_TEXT), (Group(tuple(held)), LOCKED)):
        if some.pieces:
            edits.append(make_edit(f"e{len(edits) + 1}", some, start, target, inert=why))
    return tuple(edits)


def joined_free(difference: Difference, free: Sequence[Piece]) -> list[Group]:
    """Locked pieces are in no mixture: they never reach an evaluation."""
    return join(Difference(difference.start, applied(difference.start, free), free))


def merged(groups: Sequence[Group]) -> Group:
    pieces = sorted((piece for each in groups for piece in each.pieces), key=lambda each: each.number)
    return Group(tuple(pieces))


def coarser(groups: Sequence[Group], by: By, start: Files, target: Files) -> list[Group]:
    """Those that begin in the same definition, or the same file, as one."""
    if by == "edit":
        return list(groups)
    alike: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        first = group.pieces[0]
        definition = definition_of(first, start, target) if by == "definition" else ""
        alike.setdefault((first.path, definition), []).append(group)
    return [
        each[0].with_all(each[1:], f"they are in one {by}") if len(each) > 1 else each[0]
        for each in alike.values()
    ]


def make_edit(id: str, group: Group, start: Files, target: Files, *, inert: str = "") -> AtomicEdit:
    first = telling_piece(group.pieces)
    place = f"{first.path}:{first.line + blank_lines(first.new) + 1}" if first.kind == "lines" else first.path
    where = f"{place} {definition_of(first, start, target)}".rstrip()
    return AtomicEdit(id, group.pieces, where, say_pieces(group.pieces), group.why, inert)


def definition_of(piece: Piece, start: Files, target: Files) -> str:
    """The function or class around it, or that it is; of what was taken away, where it was."""
    language = language_of(piece.path)
    if language is None or piece.kind != "lines":
        return ""
    files, lines, row = (target, piece.new, piece.line) if piece.new else (start, piece.old, piece.first)
    source = files.get(piece.path, b"")
    told = [(at, line) for at, line in enumerate(lines.split(b"\n")) if line.strip()]
    if not told:
        return ""
    at, line = told[0]
    column = len(line) - len(line.lstrip())
    place = (row + at, column)
    node = parse(source, language).root_node.descendant_for_point_range(place, place)
    return enclosing(node, source) if node is not None else ""


def say_pieces(pieces: Sequence[Piece]) -> str:
    """`steps: int = 140 → steps: int = 118, and 2 more lines`."""
    first = telling_piece(pieces)
    lines = sum(max(len(told(each.old)), len(told(each.new))) for each in pieces)
    if first.kind != "lines":
        return f"{SAID[first.kind]} ({len(first.new or first.old):,} bytes)"
    old, new = (next(iter(told(each)), "") for each in (first.old, first.new))
    if old and new:
        old, new = from_difference(old, new)
        said = f"{cut(old)} → {cut(new)}"
    else:
        said = f"+ {cut(new)}" if new else f"- {cut(old)}" if old else "blank lines"
    more = lines - 1
    return f"{said}, and {more} more line{'s' if more > 1 else ''}" if more > 0 else said


def telling_piece(pieces: Sequence[Piece]) -> Piece:
    """The first that says something."""
    return next((each for each in pieces if each.new.strip() or each.old.strip()), pieces[0])


def blank_lines(content: bytes) -> int:
    """Before the first that says something."""
    lines = content.split(b"\n")
    return next((at for at, line in enumerate(lines) if line.strip()), 0)


def told(content: bytes) -> list[str]:
    """Lines that say something."""
    lines = content.decode("utf-8", "replace").split("\n")
    return [" ".join(line.split()) for line in lines if line.strip()]


def from_difference(old: str, new: str) -> tuple[str, str]:
    """Of two long lines what is shown must hold the place where they differ."""
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    if max(len(old), len(new)) <= SHOWN_CHARS or same < SHOWN_CHARS // 2:
        return old, new
    begin = same - SHOWN_CHARS // 4
    return f"…{old[begin:]}", f"…{new[begin:]}"


def cut(line: str) -> str:
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"


# ---- what changes nothing ----


def is_inert(difference: Difference, group: Group) -> bool:
    """Whether both mixtures say the same to a machine as the version that they are nearest to."""
    alone, without = difference.mixtures(group)
    paths = {piece.path for piece in group.pieces}
    return all(
        same_program(difference.start, alone, path) and same_program(difference.target, without, path)
        for path in paths
    )


def same_program(before: Files, after: Files, path: str) -> bool:
    language, old, new = language_of(path), before.get(path), after.get(path)
    if old == new:
        return True
    if language is None or old is None or new is None:
        return False
    if language == "python":
        first, second = (python_meaning(each) for each in (old, new))
        return first is not None and first == second
    return tokens(old, language) == tokens(new, language)


@lru_cache(maxsize=64)
def python_meaning(content: bytes) -> str | None:
    """The tree that Python compiles, without texts that stand alone; None: it does not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def tokens(content: bytes, language: Language) -> list[bytes]:
    """Without comments. A line of the preprocessor ends where it ends, so its end is a token."""
    found: list[bytes] = []
    waiting = [parse(content, language).root_node]
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            continue
        text = content[node.start_byte : node.end_byte]
        if node.type in LITERALS:
            found.append(text)
            continue
        if not node.children:
            found.append(text.strip(b" \t\r"))
        waiting += reversed(node.children)
    return found
