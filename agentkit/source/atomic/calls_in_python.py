"""Calls in Python that cannot fit the function or class of the same file that they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentkit.source.audit_python import nodes, text_of

if TYPE_CHECKING:
    import tree_sitter

ENDLESS = 1 << 30
SEPARATORS = ("positional_separator", "keyword_separator")
SPLATS = ("list_splat", "dictionary_splat", "generator_expression")


@dataclass(frozen=True)
class Signature:
    """What a call must give and may give."""

    required: tuple[str, ...]
    """Parameters without a default, by place."""
    named: frozenset[str]
    """Parameters without a default that only a keyword gives."""
    positional: int
    names: frozenset[str] | None
    """None: any keyword is taken."""


def misfits(root: tree_sitter.Node) -> set[str]:
    """`name()` for each function or class at the top that is called with arguments it cannot take.

    What is decorated, defined twice, or called with `*` or `**` is not judged.
    """
    known: dict[str, Signature | None] = {}
    for name, signature in definitions(root):
        known[name] = None if name in known else signature
    found = set()
    for node in nodes(root):
        if node.type == "call":
            name = text_of(node.child_by_field_name("function"))
            signature = known.get(name)
            if signature is not None and not fits(node, signature):
                found.add(f"{name}()")
    return found


def definitions(root: tree_sitter.Node) -> Iterator[tuple[str, Signature | None]]:
    for node in root.named_children:
        if node.type == "decorated_definition":
            yield text_of(child_name(node.child_by_field_name("definition"))), None
        elif node.type == "function_definition":
            yield text_of(child_name(node)), signature_of(node, method=False)
        elif node.type == "class_definition":
            body = node.child_by_field_name("body")
            made = (
                [each for each in body.named_children if text_of(child_name(each)) == "__init__"]
                if body
                else []
            )
            plain = len(made) == 1 and made[0].type == "function_definition"
            yield text_of(child_name(node)), signature_of(made[0], method=True) if plain else None


def child_name(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    return node.child_by_field_name("name") if node is not None else None


def signature_of(function: tree_sitter.Node, *, method: bool) -> Signature | None:
    parameters = function.child_by_field_name("parameters")
    required: list[str] = []
    named: set[str] = set()
    names: set[str] = set()
    positional, keywords_only, anything = 0, False, False
    for each in parameters.named_children if parameters is not None else ():
        inner = each.named_child(0) if each.type == "typed_parameter" else each
        kind = inner.type if inner is not None else ""
        if kind in ("list_splat_pattern", "keyword_separator"):
            keywords_only = True
            positional = ENDLESS if kind == "list_splat_pattern" else positional
        elif kind == "dictionary_splat_pattern":
            anything = True
        elif kind in ("identifier", "default_parameter", "typed_default_parameter"):
            name = text_of(inner if kind == "identifier" else child_name(each))
            names.add(name)
            if kind == "identifier" and keywords_only:
                named.add(name)
            elif kind == "identifier":
                required.append(name)
            positional += 0 if keywords_only else 1
    own = required[0] if method and required else ""
    return Signature(
        required=tuple(required[1:] if own else required),
        named=frozenset(named),
        positional=positional - 1 if method else positional,
        names=None if anything else frozenset(names - {own}),
    )


def fits(call: tree_sitter.Node, signature: Signature) -> bool:
    arguments = call.child_by_field_name("arguments")
    given = [each for each in arguments.named_children if each.type != "comment"] if arguments else []
    if any(each.type in SPLATS for each in given) or (arguments and arguments.type in SPLATS):
        return True
    keywords = {text_of(child_name(each)) for each in given if each.type == "keyword_argument"}
    count = len(given) - len(keywords)
    if count > signature.positional or signature.named - keywords:
        return False
    if signature.names is not None and keywords - signature.names:
        return False
    return len([name for name in signature.required if name not in keywords]) <= count
