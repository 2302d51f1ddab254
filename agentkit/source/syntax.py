"""Syntax: the first mistake of a source text, and whether a change made it worse.

tree-sitter shows where a parser is lost. It reads Python more kindly than Python does (a missing
block, `print "a"`) and may stumble over what a newer Python allows, so for Python the interpreter's
own `compile` decides whether there is a mistake at all.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from agentkit.source.languages import Language, language_of, parse

if TYPE_CHECKING:
    import tree_sitter

LARGEST = 4_000_000
"""Characters; a longer text is not checked."""
MET_CHARS = 60


@dataclass(frozen=True)
class SyntaxFault:
    """The first mistake. Line and column count from 1, the column in characters."""

    line: int
    column: int
    source: str
    """The text of that line."""
    met: str
    """What stands there, or which token is missing."""
    message: str = ""
    """What Python says, where it is Python."""
    count: int = 1
    """How many mistakes the parser sees in the whole text."""

    def __str__(self) -> str:
        facts = [self.met, self.message]
        return f"line {self.line}, column {self.column}: " + "; ".join(fact for fact in facts if fact)


@dataclass(frozen=True)
class Complaint:
    """What `compile` says."""

    line: int
    column: int
    message: str


def first_syntax_error(text: str, path: str | PurePath) -> SyntaxFault | None:
    """None: no mistake, or no grammar of ours reads files of that suffix."""
    language = language_of(path)
    if language is None or len(text) > LARGEST:
        return None
    text = text.removeprefix("\ufeff")
    if language != "python":
        return first_lost_place(text, language)
    try:
        complaint = python_complaint(text)
    except (RecursionError, MemoryError):  # nested deeper than compile can follow: no opinion
        return first_lost_place(text, language)
    if complaint is None:
        return None
    lost = first_lost_place(text, language)
    where = f"Python says: {complaint.message} (line {complaint.line}, column {complaint.column})"
    if lost is not None:
        return SyntaxFault(lost.line, lost.column, lost.source, lost.met, where, lost.count)
    source = line_at(text, complaint.line)
    met = f"at `{source.strip()[:MET_CHARS]}`" if source.strip() else ""
    return SyntaxFault(complaint.line, complaint.column, source, met, f"Python says: {complaint.message}")


def is_worse(before: SyntaxFault | None, after: SyntaxFault | None) -> bool:
    """Whether a change broke something. A text already broken may stay so while it is being mended."""
    if after is None:
        return False
    if before is None:
        return True
    return after.count > before.count and after.line <= before.line


def python_complaint(text: str) -> Complaint | None:
    """What keeps this Python from compiling the text; nothing is run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text.encode("utf-8", "replace").decode(), "text", "exec", dont_inherit=True)
        except SyntaxError as error:
            # Some mistakes come without a place, and columns of 0 and -1 occur.
            lines = text.count("\n") + 1
            line = min(max(error.lineno or 1, 1), lines)
            return Complaint(line, max(error.offset or 1, 1), error.msg)
        except (ValueError, OverflowError) as error:
            return Complaint(1, 1, str(error))
    return None


def first_lost_place(text: str, language: Language) -> SyntaxFault | None:
    source = text.encode("utf-8", "replace")
    root = parse(source, language).root_node
    if not root.has_error:
        return None
    places = lost_places(root)
    first = min(places, key=lambda node: (node.start_byte, node.end_byte), default=root)
    row, column = first.start_point
    line = source.split(b"\n")[row]
    return SyntaxFault(
        line=row + 1,
        column=len(line[:column].decode("utf-8", "replace")) + 1,
        source=line.decode("utf-8", "replace"),
        met=describe(first, source),
        count=max(1, len(places)),
    )


def lost_places(root: tree_sitter.Node) -> list[tree_sitter.Node]:
    """The innermost ERROR and MISSING nodes."""
    found: list[tree_sitter.Node] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        inner = [child for child in node.children if child.has_error or child.is_missing]
        if node.is_missing or (node.is_error and not inner):
            found.append(node)
        waiting += inner
    return found


def describe(node: tree_sitter.Node, source: bytes) -> str:
    if node.is_missing:
        return f"`{node.type}` is missing"
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace").strip()
    first = text.split("\n")[0]
    cut = " …" if len(first) > MET_CHARS or first != text else ""
    return f"the parser is lost at `{first[:MET_CHARS]}{cut}`" if first else "the parser is lost here"


def line_at(text: str, line: int) -> str:
    """Empty where there is no such line."""
    lines = text.split("\n")
    return lines[line - 1] if 0 < line <= len(lines) else ""
