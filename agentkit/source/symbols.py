"""Symbols: where a name is defined, called and used otherwise, by the syntax and not by the letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentkit.source.languages import Language, parse
from agentkit.source.outline import KINDS

if TYPE_CHECKING:
    import tree_sitter

UseKind = Literal["definition", "call", "import", "use"]
NAMES = (
    "identifier", "type_identifier", "field_identifier", "namespace_identifier", "property_identifier",
    "destructor_name", "operator_name",
)  # fmt: skip
CALLS = ("call", "call_expression")
IMPORTS = ("import_statement", "import_from_statement", "using_declaration", "aliased_import")
BETWEEN = (
    "attribute", "field_expression", "qualified_identifier", "template_function", "template_method",
    "template_type", "pointer_declarator", "reference_declarator", "function_declarator",
    "parenthesized_declarator", "dotted_name", "aliased_import",
)  # fmt: skip
"""Nodes of which a name can be the last word: `a.b.name`, `space::name<T>`, `*name(int)`."""
LAST_WORD = ("attribute", "field", "name", "declarator")


@dataclass(frozen=True)
class Use:
    """One place where a name stands. Lines count from 1."""

    kind: UseKind
    line: int
    end_line: int
    """Of a definition its last line, else `line`."""
    inside: str
    """The definitions about it, outermost first, joined by dots; empty: the top level."""
    source: str
    """The text of the line."""


def uses_of(text: str, language: Language, name: str) -> tuple[Use, ...]:
    """In the order of the text; what stands in strings and comments is not among them. Never fails."""
    if name not in text:
        return ()
    source = text.encode("utf-8", "replace")
    wanted = name.encode("utf-8", "replace")
    rows = source.split(b"\n")
    found = []
    for node in named(parse(source, language).root_node, source, wanted):
        kind, whole = kind_of(node)
        line = node.start_point[0]
        last = whole.end_point[0] if kind == "definition" else line
        first = whole.start_point[0] if kind == "definition" else line
        shown = rows[line].decode("utf-8", "replace").strip()
        found.append(Use(kind, first + 1, last + 1, enclosing(whole, source), shown))
    return tuple(found)


def named(root: tree_sitter.Node, source: bytes, wanted: bytes) -> Iterator[tree_sitter.Node]:
    """The leaves of that name, in order. A node that does not hold it is not looked into."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in NAMES and source[node.start_byte : node.end_byte] == wanted:
            yield node
        elif node.child_count and source.find(wanted, node.start_byte, node.end_byte) >= 0:
            waiting += reversed(node.children)


def kind_of(node: tree_sitter.Node) -> tuple[UseKind, tree_sitter.Node]:
    """What a name is there for, and the node that says so."""
    top = node
    parent = node.parent
    while parent is not None and parent.type in BETWEEN and is_last_word(top, parent):
        top, parent = parent, parent.parent
    if parent is None:
        return "use", node
    if parent.type in IMPORTS:
        return "import", parent
    if parent.type in CALLS and parent.child_by_field_name("function") == top:
        return "call", parent
    if parent.type in KINDS and defines(parent, top):
        outer = parent.parent
        wrapped = outer is not None and outer.type in ("decorated_definition", "template_declaration")
        return "definition", outer if wrapped and outer is not None else parent
    left = parent.child_by_field_name("left") if parent.type == "assignment" else None
    about = enclosing_nodes(parent)
    if left is not None and left == top and (not about or about[-1].type == "class_definition"):
        return "definition", parent
    return "use", node


def is_last_word(node: tree_sitter.Node, parent: tree_sitter.Node) -> bool:
    if parent.type in ("dotted_name", "aliased_import"):
        return True
    return any(parent.child_by_field_name(field) == node for field in LAST_WORD)


def defines(parent: tree_sitter.Node, node: tree_sitter.Node) -> bool:
    """A class or function by its name, a variable by its declarator; `struct S x;` defines no S."""
    if parent.type.endswith("_specifier") and parent.child_by_field_name("body") is None:
        return False
    if any(parent.child_by_field_name(field) == node for field in ("name", "declarator")):
        return True
    declared = parent.child_by_field_name("declarator")
    return declared is not None and declared.child_by_field_name("declarator") == node


def enclosing_nodes(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    """Functions, classes and namespaces about it, outermost first."""
    found = []
    above = node.parent
    while above is not None:
        if above.type in KINDS and above.child_by_field_name("body") is not None:
            found.append(above)
        above = above.parent
    return found[::-1]


def enclosing(node: tree_sitter.Node, source: bytes) -> str:
    return ".".join(name_of(each, source) for each in enclosing_nodes(node))


def name_of(node: tree_sitter.Node, source: bytes) -> str:
    inner = node.child_by_field_name("name") or node.child_by_field_name("declarator")
    while inner is not None and (deeper := inner.child_by_field_name("declarator")) is not None:
        inner = deeper
    if inner is None:
        return "(unnamed)"
    return source[inner.start_byte : inner.end_byte].decode("utf-8", "replace").split("(")[0].strip()
