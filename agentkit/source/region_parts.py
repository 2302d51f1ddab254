"""Region parts: statements, and pieces of them, in which a training script times or validates itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentkit.source.audit_python import nodes, text_of
from agentkit.source.statements import Program, Statement, Token, own_nodes, tokens_of

if TYPE_CHECKING:
    import tree_sitter

RegionKind = Literal["timing", "validation"]
Weight = Literal["light", "inside", "everywhere"]
"""Where a part that the start does not have is a change: only if it touches what the start's parts bind; in a
definition that has such a region at the start; anywhere."""
LABELS: dict[RegionKind, re.Pattern[str]] = {
    "timing": re.compile(r"\b(?:train(?:ing)?_time|elapsed|wall_time)\b", re.IGNORECASE),
    "validation": re.compile(r"\bval(?:id(?:ation)?)?_loss\b", re.IGNORECASE),
}

Name = tuple[str, str]
"""(definition that binds it, name)"""


@dataclass(frozen=True)
class Part:
    """One statement, or one piece of it, with the conditions on which it depends."""

    tokens: tuple[Token, ...]
    binds: frozenset[str]
    weight: Weight
    line: int
    end_line: int
    text: str


def labelled_pieces(
    statement: Statement, kind: RegionKind
) -> Iterator[tuple[tuple[Token, ...], tree_sitter.Node | None]]:
    """`train_time:{elapsed:.0f}ms` out of a longer text: its tokens, and the node of what is shown."""
    variables = frozenset(token.text for token in statement.tokens if token.variable)
    for node in own_nodes(statement.node):
        if node.type != "string_content":
            continue
        labels = list(LABELS[kind].finditer(text_of(node)))
        after = node.next_sibling
        if not labels:
            continue
        shown = after if after is not None and after.type == "interpolation" else None
        # A figure that stands in the text itself is shown to whoever reads the print.
        said = text_of(node)[labels[-1].start() :] if shown is None else labels[-1].group()
        value = shown.child_by_field_name("expression") if shown is not None else None
        yield (Token(said), *(tokens_of(value, variables) if value is not None else ())), value


def part_of(
    statement: Statement,
    tokens: tuple[Token, ...],
    weight: Weight,
    *,
    binds: bool = True,
    context: bool = True,
) -> Part:
    return Part(
        tokens=((*statement.context, *tokens) if context else tokens),
        binds=statement.binds if binds else frozenset(),
        weight=weight,
        line=statement.line,
        end_line=statement.end_line,
        text=statement.text,
    )


def read_names(node: tree_sitter.Node | None) -> Sequence[str]:
    """Names in an expression, with their dots where it is a plain chain of them."""
    found = [each for each in nodes(node) if each.type in ("identifier", "attribute")] if node else []
    return [text_of(each) for each in found]


def value_names(statement: Statement) -> Iterator[str]:
    """What an assignment reads; of `x += y` also `x`."""
    for node in own_nodes(statement.node):
        if node.type in ("assignment", "augmented_assignment"):
            yield from read_names(node.child_by_field_name("right"))
        if node.type == "augmented_assignment":
            yield from read_names(node.child_by_field_name("left"))


def resolved(program: Program, statement: Statement, name: str) -> Name:
    """With the definition, of those around, that binds it; with the module where none does."""
    first = name.split(".")[0]
    parts = statement.definition.split(".") if statement.definition else []
    while parts and first not in program.bound_in.get(".".join(parts), ()):
        parts.pop()
    return ".".join(parts), name
