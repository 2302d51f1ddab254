"""Timing parts: statements that read clocks, what carries a reading on, and where it is shown.

Marks for the work itself (`loss.backward()`, `optimizer.step()`) lie between them, so that a clock which is
started later than before is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from agentkit.source.audit_python import dotted, text_of
from agentkit.source.region_parts import (
    Name,
    Part,
    labelled_pieces,
    part_of,
    read_names,
    resolved,
    value_names,
)
from agentkit.source.statements import DEFINITIONS, IMPORTS, Program, Statement, Token, own_nodes

if TYPE_CHECKING:
    import tree_sitter

_READERS = ("time", "perf_counter", "monotonic", "process_time", "thread_time", "clock_gettime")
CLOCKS = frozenset(
    {*(f"time.{each}{ending}" for each in _READERS for ending in ("", "_ns")),
     "timeit.default_timer", "datetime.datetime.now", "os.times", "resource.getrusage", "torch.cuda.Event",
     "torch.Event", "torch.cuda.synchronize", "torch.accelerator.synchronize", "torch.cpu.synchronize"}
)  # fmt: skip
CLOCK_METHODS = frozenset({"elapsed_time", "synchronize"})
WORK_METHODS = frozenset({"backward", "step"})
WORK = Token("<work>")
LONGEST_NAME = 80
"""Characters of a dotted name that may be a clock."""
Place = TypeVar("Place")


def timing_parts(program: Program) -> Iterator[tuple[str, Part]]:
    """(definition, part)"""
    clocks = {each for each in program.statements if clocks_in(each, program)}
    roots = {root for each in clocks for root in clocks_in(each, program)}
    timed = time_names(program, clocks)
    timing = {each.definition for each in clocks}
    # What is bound in another function stays there, unless that says `global`.
    sharing = {each.definition for each in program.statements if each.node.type == "global_statement"}
    reaching = {"", *timing, *sharing}
    working = working_functions(program)
    showing = showing_functions(program)
    last_is_work = dict.fromkeys(timing, False)
    for each in program.statements:
        if each.node.type in IMPORTS:
            continue
        where = each.definition
        pieces = list(labelled_pieces(each, "timing"))
        bound = {resolved(program, each, name) for name in each.binds}
        patched = (bool(each.binds & roots) and bound_for(each) in reaching) or any(
            is_clock_name(name, program) for name in each.binds
        )
        if patched or each in clocks or (bound & timed and each.node.type not in DEFINITIONS):
            yield where, part_of(each, each.tokens, "everywhere" if patched else "light")
        elif pieces:
            tokens = tuple(token for piece, _ in pieces for token in piece)
            yield where, part_of(each, tokens, "inside", binds=False)
        elif where.split(".")[0] in showing:
            yield where, part_of(each, each.tokens, "everywhere")
        elif where in timing and not last_is_work[where] and does_work(each, working):
            last_is_work[where] = True
            yield where, part_of(each, (WORK,), "inside", binds=False, context=False)
            continue
        else:
            continue
        last_is_work[where] = False


def clocks_in(statement: Statement, program: Program) -> list[str]:
    """The first name of each expression in it that reads a clock: `time` of `time.time()`."""
    if statement.node.type in IMPORTS:
        return []
    found = []
    for node in own_nodes(statement.node):
        if node.type not in ("attribute", "identifier") or node.end_byte - node.start_byte > LONGEST_NAME:
            continue
        if dotted(node, program.names) in CLOCKS:
            found.append(text_of(node).split(".")[0])
        elif node.type == "attribute" and text_of(node.child_by_field_name("attribute")) in CLOCK_METHODS:
            found.append(text_of(node))
    return found


def bound_for(statement: Statement) -> str:
    """The definition in which its names are bound: of a header the one around."""
    name = statement.definition
    return name.rpartition(".")[0] if statement.node.type in DEFINITIONS else name


def is_clock_name(name: str, program: Program) -> bool:
    """Whether a bound name, dotted as written, is a clock itself: `time.perf_counter = …`."""
    first, _, rest = name.partition(".")
    return bool(rest) and f"{program.names.get(first, '')}.{rest}" in CLOCKS


def time_names(program: Program, clocks: set[Statement]) -> set[Name]:
    """What a clock's reading goes into, through however many assignments, and what a label shows."""
    shown = {
        resolved(program, each, name)
        for each in program.statements
        for _, node in labelled_pieces(each, "timing")
        for name in read_names(node)
    }
    starts: set[Name] = set()
    leads_to: dict[Name, set[Name]] = {}
    for each in program.statements:
        if each.node.type != "expression_statement" or not each.binds:
            continue
        bound = {resolved(program, each, name) for name in each.binds}
        if each in clocks:
            starts |= bound
        for name in value_names(each):
            leads_to.setdefault(resolved(program, each, name), set()).update(bound)
    return shown | reached(starts, leads_to)


def working_functions(program: Program) -> frozenset[str]:
    """Functions of the text by whose call something is trained, directly or through others."""
    called_in: dict[str, set[str]] = {}
    starts: set[str] = set()
    for each in program.statements:
        if not each.definition:
            continue
        name = each.definition.rpartition(".")[2]
        for function in called(each):
            called_in.setdefault(text_of(function), set()).add(name)
            if text_of(function.child_by_field_name("attribute")) in WORK_METHODS:
                starts.add(name)
    return frozenset(reached(starts, called_in))


def showing_functions(program: Program) -> frozenset[str]:
    """Functions of the text that are handed what is to be shown: they could show something else."""
    statements = (each for each in program.statements if any(labelled_pieces(each, "timing")))
    return frozenset(text_of(function) for each in statements for function in called(each))


def does_work(statement: Statement, working: frozenset[str]) -> bool:
    return any(
        text_of(each) in working or text_of(each.child_by_field_name("attribute")) in WORK_METHODS
        for each in called(statement)
    )


def called(statement: Statement) -> Iterator[tree_sitter.Node]:
    for node in own_nodes(statement.node):
        function = node.child_by_field_name("function") if node.type == "call" else None
        if function is not None:
            yield function


def reached(starts: set[Place], leads_to: Mapping[Place, set[Place]]) -> set[Place]:
    """All places on the ways that begin at `starts`."""
    found, waiting = set(starts), list(starts)
    while waiting:
        new = leads_to.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
