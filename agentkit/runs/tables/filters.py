"""Filters: `scaffold=aide,hints=text+paper`, `score>0.5`, `model!=a|b`.

All conditions hold; `|` stands between values of which one is enough.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.errors import UsageError, nearest
from agentkit.runs.tables.columns import ORDERLESS, Value, column, is_number, shown
from agentkit.runs.tables.row import RunRow

CONDITION = re.compile(r"\s*([\w.-]+)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*")
JOINT = re.compile(r",(?=\s*[\w.-]+\s*(?:!=|>=|<=|=|>|<))")
"""A comma before another condition; one within a value, as in the label `aide, wide`, is part of it."""
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
MOST_SHOWN = 20


@dataclass(frozen=True)
class Condition:
    name: str
    sign: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.name}{self.sign}{'|'.join(self.values)}"


def read_filter(text: str) -> list[Condition]:
    """Raises UsageError for what is no filter."""
    return [read_condition(part, text) for part in JOINT.split(text)]


def read_condition(text: str, whole: str) -> Condition:
    found = CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(
            f"'{text.strip()}' is no condition.",
            "Expected: COLUMN=VALUE, with one of = != > < >= <=; several joined by a comma",
            f"Found: {whole}",
            "Next: agentkit table --columns names the columns; put the filter in quotes, as > and | mean "
            "something to the shell",
        )
    name, sign, value = found.groups()
    values = tuple(each.strip() for each in value.split("|"))
    if sign in ORDERS and (len(values) > 1 or number_of(value) is None):
        raise UsageError(
            f"'{text.strip()}' compares with what is no number.", f"Expected: {name}{sign}NUMBER"
        )
    return Condition(name, sign, values)


def is_filter(text: str) -> bool:
    return CONDITION.fullmatch(JOINT.split(text)[0]) is not None


def select(rows: Sequence[RunRow], text: str) -> list[RunRow]:
    """The rows for which all conditions hold. Raises UnknownName for a column that none has."""
    tests = [test_of(condition, column(condition.name, rows)) for condition in read_filter(text)]
    return [row for row in rows if all(test(row) for test in tests)]


def select_some(rows: Sequence[RunRow], text: str) -> list[RunRow]:
    """`select`, and raises UsageError where nothing is left, naming the value that no row has."""
    kept = select(rows, text)
    if kept:
        return kept
    for condition in read_filter(text):
        value = column(condition.name, rows)
        if not any(map(test_of(condition, value), rows)):
            known = sorted({shown(value(row)) for row in rows})
            near = [each for wanted in condition.values for each in nearest(wanted, known)]
            raise UsageError(
                f"No run has {condition.text}.",
                f"Did you mean: {', '.join(near)}?" if near and condition.sign == "=" else "",
                f"Found: {', '.join(each or 'nothing' for each in known[:MOST_SHOWN])}"
                f"{' …' if len(known) > MOST_SHOWN else ''}",
            )
    raise UsageError(f"No run has all of {text}.", f"Each of them some of the {len(rows):,} runs have.")


def test_of(condition: Condition, value: Value) -> Callable[[RunRow], bool]:
    if condition.sign in ORDERS:
        order, limit = ORDERS[condition.sign], number_of(condition.values[0])
        return lambda row: (found := number_of(value(row))) is not None and order(found, limit)
    orderless = condition.name in ORDERLESS
    wanted = {same(each, orderless) for each in condition.values}
    numbers = {number for each in condition.values if (number := number_of(each)) is not None}
    found_in: Callable[[RunRow], bool] = lambda row: (  # noqa: E731
        same(shown(found := value(row)), orderless) in wanted or (is_number(found) and found in numbers)
    )
    return found_in if condition.sign == "=" else lambda row: not found_in(row)


def same(text: str, orderless: bool) -> str:
    return "+".join(sorted(text.split("+"))) if orderless else text


def number_of(value: Any) -> float | None:
    """Of a label too: `12`."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
