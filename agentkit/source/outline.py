"""Outline: what a source text defines and where, with the bodies left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentkit.source.languages import Language, parse

if TYPE_CHECKING:
    import tree_sitter

Kind = Literal["class", "function", "assignment", "namespace", "macro", "type"]

SIGNATURE_CHARS = 160

# Node types of the three grammars. The cuda grammar extends the C++ one, and no name means two things.
KINDS: dict[str, Kind] = {
    "class_definition": "class",
    "function_definition": "function",
    "type_alias_statement": "type",
    "class_specifier": "class",
    "struct_specifier": "class",
    "union_specifier": "class",
    "enum_specifier": "class",
    "namespace_definition": "namespace",
    "alias_declaration": "type",
    "type_definition": "type",
    "declaration": "assignment",
    "field_declaration": "function",
    "preproc_def": "macro",
    "preproc_function_def": "macro",
}
WRAPPERS = ("decorated_definition", "template_declaration")
"""Nodes that are one with the definition inside them."""
THROUGH = (
    "if_statement", "elif_clause", "else_clause", "try_statement", "except_clause", "finally_clause",
    "with_statement", "block", "ERROR", "linkage_specification", "declaration_list", "field_declaration_list",
    "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif",
)  # fmt: skip
"""Nodes that are looked into and not shown."""


@dataclass(frozen=True)
class Definition:
    """One definition. Lines count from 1, both ends included; `depth` 0 is the top level."""

    kind: Kind
    signature: str
    """In one line, without the body, decorators first."""
    line: int
    end_line: int
    depth: int


def outline_of(text: str, language: Language) -> tuple[Definition, ...]:
    """In the order of the text. Never fails: of a broken text it shows what can be read."""
    source = text.encode("utf-8", "replace")
    found: list[Definition] = []
    waiting = [(child, 0) for child in reversed(parse(source, language).root_node.children)]
    while waiting:
        node, depth = waiting.pop()
        inner = node
        if node.type in WRAPPERS:
            inner = next((child for child in node.children if child.type in KINDS), node)
        kind = kind_of(inner, depth)
        if kind is not None:
            found.append(definition(kind, node, inner, depth, source))
        if kind in ("class", "namespace"):
            body = inner.child_by_field_name("body")
            below = body.children if body is not None else []
            waiting += [(child, depth + 1) for child in reversed(below)]
        elif kind is None and node.type in THROUGH:
            waiting += [(child, depth) for child in reversed(node.children)]
    return tuple(found)


def kind_of(node: tree_sitter.Node, depth: int) -> Kind | None:
    """None: not shown."""
    if node.type == "expression_statement":
        first = node.children[0] if node.children else None
        return "assignment" if depth == 0 and first is not None and first.type == "assignment" else None
    kind = KINDS.get(node.type)
    if node.type in ("declaration", "field_declaration"):
        if declares_function(node):
            return "function"
        return kind if node.type == "declaration" and depth == 0 else None
    # `struct Point origin;` names a type; only one with a body defines it.
    if node.type.endswith("_specifier") and node.child_by_field_name("body") is None:
        return None
    return kind


def declares_function(node: tree_sitter.Node) -> bool:
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    return declarator is not None


def definition(
    kind: Kind, node: tree_sitter.Node, inner: tree_sitter.Node, depth: int, source: bytes
) -> Definition:
    """`node` with its decorators, `inner` without."""
    body = inner.child_by_field_name("body")
    end = body.start_byte if body is not None else node.end_byte
    # A long literal is cut here already, so that a table of megabytes costs nothing.
    head = source[node.start_byte : min(end, node.start_byte + 40 * SIGNATURE_CHARS)]
    words = " ".join(head.decode("utf-8", "replace").split())
    if len(words) > SIGNATURE_CHARS:
        words = words[: SIGNATURE_CHARS - 2] + " …"
    last = node.end_point[0]
    if node.end_point[1] == 0 and last > node.start_point[0]:
        last -= 1  # a macro's node ends at the start of the line after it
    return Definition(kind, words, node.start_point[0] + 1, last + 1, depth)


def outline_lines(definitions: Iterable[Definition]) -> list[str]:
    """`   12-40   class A:` with the depth as indentation."""
    return [
        f"{span(each):>12}  {'    ' * each.depth}{each.signature}"
        for each in definitions
    ]  # fmt: skip


def span(each: Definition) -> str:
    return f"{each.line}-{each.end_line}" if each.end_line > each.line else str(each.line)


def shown_outline(definitions: Sequence[Definition], limit: int) -> str:
    """As many lines as fit in `limit` characters, deep ones left out first; says how many are missing."""
    depth = max((each.depth for each in definitions), default=0)
    chosen = list(definitions)
    while depth > 0 and sum(len(line) + 1 for line in outline_lines(chosen)) > limit:
        depth -= 1
        chosen = [each for each in definitions if each.depth <= depth]
    kept: list[str] = []
    room = limit - 60
    for line in outline_lines(chosen):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    missing = len(definitions) - len(kept)
    if missing:
        kept.append(f"[… {missing} more definitions, not shown …]")
    return "\n".join(kept)
