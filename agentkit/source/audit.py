"""Audit: places of a candidate's code that a reader should look at. A finding is a hint, never a verdict.

Tricks that break a measurement need certain names: the heap, the stack, the clock, the end of the process.
The audit finds them on the syntax tree, so a comment or a text that mentions them is no finding, and an
honest program has none. It can be evaded, and nothing rests on it: what a candidate must not do is made
impossible where it runs, or measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from agentkit.source import audit_rules as rules
from agentkit.source.audit_python import is_process_file, nodes, python_hits, text_of
from agentkit.source.languages import language_of, parse

if TYPE_CHECKING:
    import tree_sitter

LARGEST = 1_000_000
"""Bytes; a longer file is named by a finding instead of being read."""
MOST_FINDINGS = 200
SHOWN_CHARS = 120


@dataclass(frozen=True)
class Finding:
    """One place. `line` counts from 1; 0: the file as such."""

    rule: str
    path: str
    line: int
    text: str
    """The source line, or what was found about the file."""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.text}"


def audit_text(text: str, path: str | PurePath) -> tuple[Finding, ...]:
    """Of one source text, in its order; empty for a language that no grammar of ours reads. Never fails."""
    language = language_of(path)
    if language is None:
        return ()
    if len(text) > LARGEST:
        return (Finding("unread", str(path), 0, f"{len(text):,} characters, too long to be audited"),)
    source = text.encode("utf-8", "replace")
    root = parse(source, language).root_node
    hits = python_hits(root) if language == "python" else native_hits(root)
    return tuple(findings_of(hits, source, str(path)))


def findings_of(hits: Iterable[tuple[str, tree_sitter.Node]], source: bytes, path: str) -> list[Finding]:
    """One a rule and line."""
    lines = source.split(b"\n")
    found: dict[tuple[int, str], Finding] = {}
    for rule, node in hits:
        row = node.start_point[0]
        line = " ".join(lines[row].decode("utf-8", "replace").split())
        shown = line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
        found.setdefault((row, rule), Finding(rule, path, row + 1, shown))
    return [found[key] for key in sorted(found)][:MOST_FINDINGS]


def audit_folder(folder: Path) -> tuple[Finding, ...]:
    """Of all sources below, and of what is suspect by name or kind: links, files that Python reads unasked.

    Links are never followed. Paths in the findings are relative to `folder`.
    """
    found: list[Finding] = []
    for path in plain_walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(Finding("link", name, 0, f"a link to {path.readlink()}"))
            continue
        if path.name in rules.STARTUP_FILES or path.suffix in rules.STARTUP_SUFFIXES:
            found.append(Finding("startup_file", name, 0, "Python or pytest reads it unasked"))
        if path.is_file() and language_of(path) is not None:
            found += audit_file(path, name)
        if len(found) >= MOST_FINDINGS:
            break
    return tuple(found[:MOST_FINDINGS])


def audit_file(path: Path, name: str) -> tuple[Finding, ...]:
    size = path.stat().st_size
    if size > LARGEST:
        return (Finding("unread", name, 0, f"{size:,} bytes, too long to be audited"),)
    return audit_text(path.read_text(encoding="utf-8", errors="replace"), name)


def plain_walk(folder: Path) -> Iterator[Path]:
    """Files and links below, sorted; a link to a folder is itself, not what it leads to."""
    for above, folders, files in os.walk(folder):
        links = [each for each in folders if Path(above, each).is_symlink()]
        folders[:] = sorted(each for each in folders if each not in links)
        for name in sorted([*files, *links]):
            yield Path(above, name)


# ---- C, C++ and CUDA ----


def native_hits(root: tree_sitter.Node) -> Iterator[tuple[str, tree_sitter.Node]]:
    for node in nodes(root):
        if node.type == "call_expression":
            name = text_of(node.child_by_field_name("function")).removeprefix("::")
            if name in rules.NATIVE_CALLS:
                yield rules.NATIVE_CALLS[name], node
            if name in rules.NATIVE_OPENERS and opens_process_file(node.child_by_field_name("arguments")):
                yield "process_files", node
        elif node.type == "declaration":
            kind = text_of(node.child_by_field_name("type"))
            if kind in rules.NATIVE_CALLS:
                yield rules.NATIVE_CALLS[kind], node
            if kind in rules.NATIVE_OPENERS and any(opens_process_file(each) for each in node.named_children):
                yield "process_files", node
        elif node.type == "function_definition" and defined_name(node) in rules.NATIVE_OVERRIDES:
            yield "patched_function", node


def opens_process_file(node: tree_sitter.Node | None) -> bool:
    """Whether a string in it is a path below /proc."""
    found = [each for each in nodes(node) if each.type == "string_content"] if node is not None else []
    return any(is_process_file(text_of(each)) for each in found)


def defined_name(node: tree_sitter.Node) -> str:
    """Of a free function: a method of that name belongs to its class."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "identifier":
        declarator = declarator.child_by_field_name("declarator")
    return text_of(declarator)
