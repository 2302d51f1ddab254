"""Statements: a Python text as its simple statements and the headers of its blocks, token by token.

Comments, white space, docstrings and annotations of types are no tokens, so two texts that differ in nothing
else have the same statements. Names of variables are marked, so that a reader may look past a renaming.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from agentkit.source.audit_python import imported_names, text_of
from agentkit.source.languages import parse

if TYPE_CHECKING:
    import tree_sitter

BLOCKS = ("block", "module")
CLAUSES = ("elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause")
DEFINITIONS = ("function_definition", "class_definition")
COMPOUND = (
    *DEFINITIONS, *CLAUSES, "if_statement", "for_statement", "while_statement", "with_statement",
    "try_statement", "match_statement", "decorated_definition",
)  # fmt: skip
CONDITIONS = ("if_statement", "elif_clause", "while_statement", "else_clause", "case_clause")
IMPORTS = ("import_statement", "import_from_statement", "future_import_statement")
LEFT_OUT_BELOW = ("comment", "type", *BLOCKS)
LEFT_OUT = (*LEFT_OUT_BELOW, *CLAUSES, *DEFINITIONS)
"""Children that are no part of a statement itself."""
SHOWN_CHARS = 100


class Token(NamedTuple):
    """A leaf of the syntax tree; `variable`: a name that the text itself binds and could call otherwise."""

    text: str
    variable: bool = False


@dataclass(frozen=True, eq=False)
class Statement:
    """A simple statement, or the header of a block. Lines count from 1, both ends included."""

    node: tree_sitter.Node
    definition: str
    """Qualified name of the function or class around it, or whose header it is; empty: the module."""
    above: tuple[Statement, ...]
    """Headers around it within its definition, outermost first."""
    tokens: tuple[Token, ...]
    binds: frozenset[str]
    """Names, dotted or not, that it gives a value."""
    line: int
    end_line: int
    text: str
    """Its first line, cut."""

    @property
    def context(self) -> tuple[Token, ...]:
        """On what its running depends: conditions in full, of other blocks only their kind."""
        found: list[Token] = []
        for each in self.above:
            kind = each.node.type
            found += each.tokens if kind in CONDITIONS else [Token(kind)]
            found.append(Token("\n"))
        return tuple(found)


@dataclass(frozen=True)
class Program:
    """What a text states, in its order."""

    statements: tuple[Statement, ...]
    names: dict[str, str]
    """Local name to the dotted name it stands for, as `audit_python.imported_names` finds them."""
    bound_in: Mapping[str, frozenset[str]]
    """Definition to its parameters and what its own statements bind."""


def read_program(text: str) -> Program:
    """Never fails: of a broken text it shows what can be read."""
    root = parse(text.encode("utf-8", "replace"), "python").root_node
    names = imported_names(root)
    variables = Variables(root)
    found: list[Statement] = []
    waiting: list[tuple[tree_sitter.Node, str, tuple[Statement, ...]]] = [(root, "", ())]
    while waiting:
        node, definition, above = waiting.pop()
        if node.type not in BLOCKS:
            within = inner_name(node, definition)
            made = make_statement(node, within, above, variables.seen_in(within))
            if made.tokens:
                found.append(made)
            if node.type in DEFINITIONS:
                definition, above = within, ()
            elif node.type != "decorated_definition":
                above = (*above, made)
        if node.type in (*BLOCKS, *COMPOUND):
            below = [each for each in node.named_children if is_below(node, each)]
            waiting += [(each, definition, above) for each in reversed(below)]
    bound: dict[str, set[str]] = {}
    for each in found:
        header = each.node.type in DEFINITIONS
        given = [token.text for token in each.tokens if token.variable] if header else each.binds
        bound.setdefault(each.definition, set()).update(given)
    return Program(tuple(found), names, {name: frozenset(each) for name, each in bound.items()})


def inner_name(node: tree_sitter.Node, definition: str) -> str:
    """The qualified name of a definition, also for its decorators; of anything else where it stands."""
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    if inner is None or inner.type not in DEFINITIONS:
        return definition
    name = text_of(inner.child_by_field_name("name"))
    return f"{definition}.{name}" if definition else name


def is_below(node: tree_sitter.Node, child: tree_sitter.Node) -> bool:
    """Whether a child is stated by itself: blocks and clauses are, docstrings and comments are not."""
    if node.type in BLOCKS:
        only = child.named_children[0] if child.named_child_count == 1 else None
        text = child.type == "expression_statement" and only is not None and only.type == "string"
        return child.type != "comment" and not text
    return child.type in (*BLOCKS, *CLAUSES, *DEFINITIONS)


def make_statement(
    node: tree_sitter.Node, definition: str, above: tuple[Statement, ...], variables: frozenset[str]
) -> Statement:
    own = list(own_nodes(node))
    ends = max((each.end_point[0] for each in own if not each.children), default=node.start_point[0])
    line = text_of(node).partition("\n")[0].strip()
    tokens = tuple(tokens_of(node, variables))
    if node.type == "else_clause" and above:
        # What an else depends on is the condition of its if.
        tokens += above[-1].tokens
    return Statement(
        node=node,
        definition=definition,
        above=above,
        tokens=tokens,
        binds=frozenset(bound_names(own)),
        line=node.start_point[0] + 1,
        end_line=ends + 1,
        text=line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…",
    )


def tokens_of(node: tree_sitter.Node, variables: frozenset[str]) -> Iterator[Token]:
    """Of an expression, or of a statement without its blocks."""
    # What is above a node is carried along: asking the node makes tree-sitter walk down from the root.
    waiting: list[tuple[tree_sitter.Node, str, str, bool]] = [(node, "", "", False)]
    while waiting:
        each, above, around, member = waiting.pop()
        if not each.children:
            if is_token(each, above, around):
                yield token_of(each, not member, variables)
            continue
        field = {"attribute": "attribute", "keyword_argument": "name"}.get(each.type)
        named = each.child_by_field_name(field) if field else None
        waiting += [
            (child, each.type, above, named is not None and child.id == named.id)
            for child in reversed(each.children)
            if child.type not in (LEFT_OUT if each.id == node.id else LEFT_OUT_BELOW)
        ]


def own_nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """A statement's nodes in order, without the blocks and clauses below it, comments and types."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [
            child
            for child in reversed(each.children)
            if child.type not in (LEFT_OUT if each.id == node.id else LEFT_OUT_BELOW)
        ]


def is_token(node: tree_sitter.Node, above: str, around: str) -> bool:
    """Leaves count, but for quotes, marks of types, and parentheses around a whole condition or value."""
    if not text_of(node).strip("\"' \n\t") or node.type == "->":
        return False
    if node.type == ":" and above in ("typed_parameter", "typed_default_parameter"):
        return False
    whole = around in (*CONDITIONS, "assignment", "return_statement")
    return not (node.type in ("(", ")") and above == "parenthesized_expression" and whole)


def token_of(node: tree_sitter.Node, free: bool, variables: frozenset[str]) -> Token:
    """`free`: it stands for itself, not for a member of what is before a dot or for a keyword."""
    text = text_of(node)
    if node.type == "string_start":
        return Token(text.strip("\"'").lower())
    return Token(text, free and node.type == "identifier" and text in variables)


# ---- names ----


def bound_names(own: list[tree_sitter.Node]) -> Iterator[str]:
    """What one statement binds; names inside a comprehension are its own affair."""
    for node in own:
        match node.type:
            case "assignment" | "augmented_assignment" | "for_statement":
                yield from target_names(node.child_by_field_name("left"))
            case "named_expression" | "function_definition" | "class_definition":
                yield text_of(node.child_by_field_name("name"))
            case "as_pattern_target":
                yield from target_names(node.named_child(0))
            case "delete_statement":
                yield from target_names(node.named_child(0))
            case "import_statement" | "import_from_statement":
                yield from imported_here(node)


def target_names(target: tree_sitter.Node | None) -> Iterator[str]:
    waiting = [target] if target is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in ("identifier", "attribute"):
            yield text_of(node)
        elif node.type == "subscript":
            waiting += [each for each in [node.child_by_field_name("value")] if each is not None]
        else:
            waiting += node.named_children


class Variables:
    """Which names a text binds as variables or parameters, definition by definition."""

    def __init__(self, root: tree_sitter.Node) -> None:
        self._bound: dict[str, set[str]] = {}
        self._imported: dict[str, set[str]] = {}
        self._seen: dict[str, frozenset[str]] = {}
        waiting = [(root, "")]
        while waiting:
            node, definition = waiting.pop()
            within = inner_name(node, definition) if node.type in DEFINITIONS else definition
            self._bound.setdefault(within, set()).update(
                each for each in variables_at(node) if "." not in each
            )
            if node.type in IMPORTS:
                self._imported.setdefault(within, set()).update(imported_here(node))
            waiting += [(child, within) for child in node.children]

    def seen_in(self, definition: str) -> frozenset[str]:
        """The variables that its statements may name, its own and those around. An import hides one."""
        if definition not in self._seen:
            around = self.seen_in(definition.rpartition(".")[0]) if definition else frozenset()
            imported = self._imported.get(definition, set())
            self._seen[definition] = (around | self._bound.get(definition, set())) - imported
        return self._seen[definition]


def variables_at(node: tree_sitter.Node) -> Iterator[str]:
    """What this node itself binds, those inside it left out."""
    match node.type:
        case "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause":
            yield from target_names(node.child_by_field_name("left"))
        case "named_expression" | "default_parameter" | "typed_default_parameter":
            yield text_of(node.child_by_field_name("name"))
        case "as_pattern_target" | "list_splat_pattern" | "dictionary_splat_pattern":
            yield from target_names(node.named_child(0))
        case "parameters" | "lambda_parameters" | "typed_parameter":
            yield from (text_of(each) for each in node.named_children if each.type == "identifier")


def imported_here(node: tree_sitter.Node) -> Iterator[str]:
    for each in node.children_by_field_name("name"):
        alias = each.child_by_field_name("alias")
        yield text_of(alias) if alias is not None else text_of(each).split(".")[0]
