"""Names in C, C++ and CUDA: what is declared where, as far as one file tells."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from agentkit.source.audit_python import text_of
from agentkit.source.languages import Language, parse

if TYPE_CHECKING:
    import tree_sitter

    from agentkit.source.atomic.names import Found

NAMES = ("identifier", "type_identifier", "namespace_identifier")
DECLARING = (
    "declaration", "parameter_declaration", "optional_parameter_declaration", "field_declaration",
    "function_definition", "type_definition", "for_range_loop", "init_declarator", "condition_declaration",
    "variadic_parameter_declaration",
)  # fmt: skip
"""Nodes with a declarator, in which the innermost name is bound."""
NAMING = (
    "class_specifier", "struct_specifier", "union_specifier", "enum_specifier", "enumerator", "preproc_def",
    "preproc_function_def", "namespace_definition", "alias_declaration", "concept_definition",
)  # fmt: skip
"""Nodes that bind their `name`."""
LISTING = (
    "preproc_params", "structured_binding_declarator", "type_parameter_declaration",
    "optional_type_parameter_declaration", "template_template_parameter_declaration",
)  # fmt: skip
"""Nodes that bind the names right below them."""


def c_names(content: bytes, language: Language, found: Found) -> None:
    """A name that is bound in a function counts for that function, any other for every file."""
    used: set[tuple[int, str]] = set()
    bound: set[tuple[int, str]] = set()
    binding: set[int] = set()
    waiting = [(parse(content, language).root_node, -1)]
    """Nodes, and where the outermost function around them begins."""
    while waiting:
        node, function = waiting.pop()
        binding |= bound_below(node)
        if node.type in NAMES:
            (bound if node.id in binding else used).add((function, text_of(node)))
        elif node.type == "field_identifier":
            (found.members_bound if node.id in binding else found.members_used).add(text_of(node))
        elif node.type == "preproc_include":
            path = text_of(node.child_by_field_name("path")).strip('"<> ')
            found.files_used.add(PurePosixPath(path).stem)
        if node.type == "function_definition" and function < 0:
            # Its own name and type stand outside: only parameters and the body are inside.
            name = innermost(node.child_by_field_name("declarator"))
            if name is not None:
                bound.add((-1, text_of(name)))
            function = node.start_byte
        waiting += [(child, function) for child in reversed(node.children)]
    found.offered |= {name for place, name in bound if place < 0}
    found.loose |= {name for place, name in used - bound if name not in found.offered}


def bound_below(node: tree_sitter.Node) -> set[int]:
    """Ids of the leaves that this node binds."""
    if node.type in DECLARING:
        each = (innermost(child) for child in node.children_by_field_name("declarator"))
        return {leaf.id for leaf in each if leaf is not None}
    if node.type in NAMING:
        name = node.child_by_field_name("name")
        return {name.id} if name is not None else set()
    if node.type in LISTING:
        return {child.id for child in node.children if child.type in NAMES}
    return set()


def innermost(declarator: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """`x` of `*(&x)[3] = …`, `f` of `f(int)`; None where it has no name, or one with `::` in it."""
    node = declarator
    while node is not None and node.type not in (*NAMES, "field_identifier"):
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type in ("reference_declarator", "parenthesized_declarator"):
            inner = next(iter(reversed(node.named_children)), None)
        node = inner
    return node
