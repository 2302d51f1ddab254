"""Checks of reported figures: near the one that is expected, and possible at all."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from agentkit.judge.checks.arguments import GrimArguments, MetricArguments
from agentkit.judge.checks.pattern_search import find_places
from agentkit.judge.checks.tables import cell_of, csv_cell, csv_rows, json_values, number_in, path_text
from agentkit.judge.evidence import (
    CandidateFault,
    Evidence,
    Finding,
    JudgeFault,
    decide,
    failed,
    one_line,
    passed,
    read_text,
)
from agentkit.statistics.grim import grim_consistent

MOST_DECIMALS = 6
"""More are a computer's way of writing the same share."""
MOST_VALUES = 10_000
PERCENTAGE = re.compile(r"\s*([-+]?\d+(?:\.\d*)?|[-+]?\.\d+)\s*\\?%?\s*")
NO_VALUE = {"", "-", "--", "–", "—", "n/a", "na", "nan", "none"}


async def check_metric(asked: MetricArguments, evidence: Evidence) -> Finding:
    """`at_least` and `at_most` give way by the tolerance, too."""
    label, value = _figure(asked, evidence)
    room = asked.rel_tol * abs(asked.value)
    ok = {
        "near": abs(value - asked.value) <= room,
        "at_least": value >= asked.value - room,
        "at_most": value <= asked.value + room,
    }[asked.op]
    word = {"near": "near", "at_least": "at least", "at_most": "at most"}[asked.op]
    return decide(ok, f"{label} = {value:g}; asked: {word} {asked.value:g}, within {100 * asked.rel_tol:g} %")


def _figure(asked: MetricArguments, evidence: Evidence) -> tuple[str, float]:
    if asked.name is not None:
        return asked.name, figure_of(evidence, asked.name)
    file = asked.file or ""
    if asked.path is not None:
        label, (value,) = f"{file}: {path_text(asked.path)}", json_values(evidence, file, asked.path)
        # A whole number of JSON may be larger than any float.
        number = number_in(str(value)) if type(value) in (int, float) else None
    else:
        line, value = csv_cell(evidence, file, asked.row or 0, asked.column or "")
        label, number = f"{file}:{line}: {asked.column}", number_in(value)
    if number is None:
        raise CandidateFault(f"{label} = {one_line(str(value))}, which is no number")
    return label, number


def figure_of(evidence: Evidence, name: str) -> float:
    """One that the run does not have is no fault of the work."""
    if name not in evidence.figures:
        known = ", ".join(sorted(evidence.figures)) or "none"
        raise JudgeFault(f"the run has no figure '{name}'; it has: {known}")
    return evidence.figures[name]


async def check_grim(asked: GrimArguments, evidence: Evidence) -> Finding:
    """Every percentage must be k/n, in as many decimals as it is written with."""
    values = await _percentages(asked, evidence)
    if not values:
        raise CandidateFault(f"{asked.file} has no percentage there")
    for place, value in values:
        exponent = value.as_tuple().exponent
        decimals = min(MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0
        if not 0 <= value <= 100 or not grim_consistent(float(value), asked.n, decimals):
            return failed(f"{place}: of {asked.n} no number is {value} %")
    return passed(f"{asked.file}: all {len(values)} percentages are possible with n = {asked.n}")


async def _percentages(asked: GrimArguments, evidence: Evidence) -> list[tuple[str, Decimal]]:
    """With where each stands."""
    if asked.path is not None:
        place = f"{asked.file}: {path_text(asked.path)}"
        found = [(place, each) for each in json_values(evidence, asked.file, asked.path, "*", exact=True)]
    elif asked.column is not None:
        found = [
            (f"{asked.file}:{line}", cell_of(row, asked.column, f"{asked.file}:{line}"))
            for line, row in csv_rows(evidence, asked.file)
        ]
    else:
        text = read_text(evidence, asked.file)
        places = await find_places(asked.pattern or "", text, MOST_VALUES)
        found = [(f"{asked.file}:{text.count(chr(10), 0, each.start) + 1}", each.text) for each in places]
    return [(place, _percentage(each, place)) for place, each in found if not _is_missing(each)]


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in NO_VALUE)


def _percentage(value: object, place: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    match = PERCENTAGE.fullmatch(value) if isinstance(value, str) else None
    try:
        return Decimal(match[1] if match else "")
    except InvalidOperation:
        raise CandidateFault(f"{place}: {one_line(str(value))} is no percentage") from None
