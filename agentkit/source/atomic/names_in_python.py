"""Names in Python: scopes as Python itself sees them, members by the syntax."""

from __future__ import annotations

import symtable
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentkit.source.atomic.calls_in_python import misfits
from agentkit.source.audit_python import literal, positional, text_of
from agentkit.source.languages import parse
from agentkit.source.statements import target_names

if TYPE_CHECKING:
    import tree_sitter

    from agentkit.source.atomic.names import Found

PARAMETERS = ("parameters", "lambda_parameters", "typed_parameter")


def python_names(content: bytes, found: Found) -> None:
    root = parse(content, "python").root_node
    everything = read_members(root, found)
    found.loose |= misfits(root)
    if not everything:  # a star import may define any name
        found.loose |= loose_names(content.decode("utf-8", "replace"))


def loose_names(text: str) -> set[str]:
    """Looked for at the top of the module and not bound there; builtins are among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = symtable.symtable(text, "text", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
    used: set[str] = set()
    bound: set[str] = set()
    for scope in scopes(module):
        top = scope is module
        for symbol in scope.get_symbols():
            if not top and not symbol.is_global():
                continue
            if symbol.is_assigned() or symbol.is_imported() or (top and symbol.is_namespace()):
                bound.add(symbol.get_name())
            elif symbol.is_referenced():
                used.add(symbol.get_name())
    return used - bound


def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = [table]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.get_children()


def read_members(root: tree_sitter.Node, found: Found) -> bool:
    """Members and modules, bound and used. Whether there is a star import."""
    everything = False
    targets: set[int] = set()
    waiting = [(root, False)]
    """Nodes, and whether they are in a function, where a plain assignment binds no member."""
    while waiting:
        node, inside = waiting.pop()
        match node.type:
            case "attribute":
                name = text_of(node.child_by_field_name("attribute"))
                (found.members_bound if node.id in targets else found.members_used).add(name)
            case "assignment":
                bind_targets(node, inside, targets, found)
            case "keyword_argument":
                found.members_used.add(text_of(node.child_by_field_name("name")))
            case "call":
                bind_text(node, found)
            case "import_statement" | "import_from_statement":
                everything |= read_import(node, found)
            case _:
                found.members_bound.update(bound_by_definition(node))
        inside = inside or node.type == "function_definition"
        if node.type == "class_definition":
            inside = False
        waiting += [(child, inside) for child in reversed(node.children)]
    return everything


def bound_by_definition(node: tree_sitter.Node) -> Iterator[str]:
    """Its name, and those of parameters: a keyword of a call may mean one."""
    if node.type in ("function_definition", "class_definition"):
        yield text_of(node.child_by_field_name("name"))
    elif node.type in PARAMETERS:
        yield from (text_of(each) for each in node.named_children if each.type == "identifier")
    elif node.type in ("default_parameter", "typed_default_parameter"):
        yield text_of(node.child_by_field_name("name"))


def bind_targets(node: tree_sitter.Node, inside: bool, targets: set[int], found: Found) -> None:
    left = node.child_by_field_name("left")
    waiting = [left] if left is not None else []
    while waiting:
        target = waiting.pop()
        if target.type == "attribute":
            targets.add(target.id)
        elif target.type in ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"):
            waiting += target.named_children
        elif not inside:
            found.members_bound.update(target_names(target))


def bind_text(node: tree_sitter.Node, found: Found) -> None:
    """`add_argument("--first-window")`, `register_buffer("mask", …)`: the name stands in a text."""
    for each in positional(node)[:2]:
        name = literal(each).lstrip("-").replace("-", "_")
        if name.isidentifier():
            found.members_bound.add(name)


def read_import(node: tree_sitter.Node, found: Found) -> bool:
    owner = node.child_by_field_name("module_name")
    if owner is not None and text_of(owner).strip("."):
        found.files_used.add(text_of(owner).split(".")[-1])
    for each in node.children_by_field_name("name"):
        name = each.child_by_field_name("name") if each.type == "aliased_import" else each
        last = text_of(name).split(".")[-1]
        if owner is None:
            found.files_used.add(last)
        elif text_of(owner).strip("."):
            found.members_used.add(last)
        else:  # `from . import name`: a module, or a name of the package
            found.files_used.add(last)
    return any(each.type == "wildcard_import" for each in node.children)
