"""Validation parts: statements that name validation data or the validation loss, and functions for that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentkit.source.audit_python import text_of
from agentkit.source.region_parts import Part, labelled_pieces, part_of
from agentkit.source.statements import IMPORTS, Program, Statement, own_nodes
from agentkit.source.timing_parts import does_work, working_functions

VALIDATION_NAME = re.compile(r"(?:^|_)(?:val|valid|validation|heldout)(?:_|$)", re.IGNORECASE)
VALIDATION_TEXT = re.compile(r"(?<![a-z])val(?:idation)?[_./*]", re.IGNORECASE)
VALIDATING = re.compile(r"evaluate|eval_model|run_eval|validat(?:e|ion)\w*|val_\w+|compute_val\w*")
LOADING = "load"


def validation_parts(program: Program) -> Iterator[tuple[str, Part]]:
    """(definition, part)"""
    functions = {each.definition for each in program.statements if is_validating(each.definition)}
    loops = validation_loops(program)
    for each in program.statements:
        if each.node.type in IMPORTS and not each.binds & functions:
            continue
        where = each.definition
        pieces = list(labelled_pieces(each, "validation"))
        if is_validating(where):
            yield outermost(where), part_of(each, each.tokens, "inside")
        elif not where and each.binds & functions:
            yield where, part_of(each, each.tokens, "everywhere")
        elif pieces and each.node.type == "expression_statement" and not each.binds:
            tokens = tuple(token for piece, _ in pieces for token in piece)
            yield where, part_of(each, tokens, "inside", binds=False)
        elif names_validation(each) or not loops.isdisjoint({each, *each.above}):
            yield where, part_of(each, each.tokens, "light")


def validation_loops(program: Program) -> frozenset[Statement]:
    """Headers of the loops in which something is validated and nothing trained."""
    working = working_functions(program)
    training: set[Statement] = set()
    validating: set[Statement] = set()
    for each in program.statements:
        around = [above for above in (*each.above, each) if above.node.type == "for_statement"]
        if does_work(each, working):
            training.update(around)
        if around and names_validation(each):
            validating.add(around[-1])
    return frozenset(validating - training)


def is_validating(definition: str) -> bool:
    name = outermost(definition)
    return name == LOADING or any(VALIDATING.fullmatch(each) for each in definition.split("."))


def outermost(definition: str) -> str:
    """The validating function itself, for what is nested in it."""
    parts = definition.split(".")
    for count, name in enumerate(parts, 1):
        if VALIDATING.fullmatch(name):
            return ".".join(parts[:count])
    return parts[0] if parts[0] == LOADING else definition


def names_validation(statement: Statement) -> bool:
    for node in own_nodes(statement.node):
        if node.type == "identifier" and VALIDATION_NAME.search(text_of(node)):
            return True
        if node.type == "string_content" and VALIDATION_TEXT.search(text_of(node)):
            return True
    return False
