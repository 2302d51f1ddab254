"""Pieces of prompts that published gains were put down to, each to be switched on or off for a whole run.

So one scaffold can be compared with and without a piece, and no second scaffold has to be written for it
(arXiv 2507.02554: the operators, not the search, carried the gain; for memory alone that is unproven).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agentkit.contracts.scaffold import Operator, Section
from agentkit.errors import UnknownName
from agentkit.search import memory
from agentkit.search.sections import complexity, parent_output, remaining

OFF = "no-"


def _section(section: Section, openings: Sequence[str]) -> Callable[[Operator, bool], Operator]:
    def switched(operator: Operator, on: bool) -> Operator:
        others = tuple(each for each in operator.sections if each is not section)
        wanted = on and operator.opening in openings
        return replace(operator, sections=(*others, section) if wanted else others)

    return switched


def _siblings(operator: Operator, on: bool) -> Operator:
    if operator.opening != "plan":
        return operator
    if on:
        return replace(operator, memory=memory.siblings)
    return replace(operator, memory=memory.nothing) if operator.memory is memory.siblings else operator


def _debug_chain(operator: Operator, on: bool) -> Operator:
    if operator.opening != "debug":
        return operator
    return replace(operator, memory=memory.debug_chain if on else memory.nothing)


def _stripped(operator: Operator, on: bool) -> Operator:
    return replace(operator, stores="answer" if on else "reply")


PIECES: Mapping[str, Callable[[Operator, bool], Operator]] = {
    "complexity": _section(complexity, ("plan",)),
    "remaining": _section(remaining, ("plan", "debug", "none")),
    "parent-output": _section(parent_output, ("plan",)),
    "siblings": _siblings,
    "debug-chain": _debug_chain,
    "stripped": _stripped,
}
"""By the name a user gives; with `no-` before it the piece is left out."""


def with_pieces(operators: Mapping[str, Operator], asked: Sequence[str]) -> Mapping[str, Operator]:
    """Every operator that asks a model, with those pieces or without. Raises UnknownName."""
    switched = dict(operators)
    for word in asked:
        name = word.removeprefix(OFF)
        if name not in PIECES:
            known = [*PIECES, *(OFF + each for each in PIECES)]
            raise UnknownName("piece of a prompt", word, known, next_step="--pieces complexity,no-siblings")
        for key, operator in switched.items():
            if operator.writer == "model":
                switched[key] = PIECES[name](operator, not word.startswith(OFF))
    return switched
