"""The TOML form of a rubric, read and written.

title = "…"
[[criterion]]
id = "speed"
text = "The answer recovers at least half of the speed-up."
weight = 3
check = { kind = "figure", name = "fsr", at_least = 0.5 }
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from agentkit.contracts.rubric import Criterion, LeafKind, Rubric
from agentkit.errors import BadFile, nearest
from agentkit.judge.checks.kinds import ArgumentFault, read_arguments
from agentkit.judge.prerequisites import circle_of, required_of
from agentkit.judge.rubrics.files import quoted, read_text
from agentkit.judge.rubrics.lint import sum_diagnostics
from agentkit.judge.tree import DEEPEST, walk

RUBRIC_KEYS = ("title", "origin", "denominator", "declared_points", "errata", "criterion")
CRITERION_KEYS = (
    "id", "text", "kind", "weight", "points", "declared_points", "check", "gate", "requires", "child",
)  # fmt: skip
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def read_rubric(path: Path) -> Rubric:
    """Raises BadFile, also where there is no such file."""
    return parse_rubric(read_text(path), path)


def parse_rubric(text: str, path: object = "rubric") -> Rubric:
    """`path` is what an error calls the text."""
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise BadFile(path, "", "TOML", str(problem)) from problem
    reader = _Reader(path)
    reader.refuse_unknown(table, RUBRIC_KEYS, "")
    fields = Rubric.model_fields
    rubric = Rubric.model_validate(
        {
            "title": reader.text(table, "title", ""),
            "origin": reader.word(table, "origin", get_args(fields["origin"].annotation), "") or "author",
            "denominator": reader.word(table, "denominator", get_args(fields["denominator"].annotation), "")
            or "leaf_sum",
            "declared_points": reader.number(table, "declared_points", ""),
            "errata": reader.texts(table, "errata", ""),
            "criteria": reader.criteria(table, "criterion", ""),
        }
    )
    reader.refuse_requirements(rubric)
    return rubric.model_copy(update={"diagnostics": tuple(sum_diagnostics(rubric))})


class _Reader:
    """Goes down the tables with the path of keys to where it is, and remembers the ids it has met."""

    def __init__(self, path: object) -> None:
        self.path = path
        self.seen: dict[str, str] = {}

    def criteria(self, table: Mapping[str, Any], key: str, where: str) -> tuple[Criterion, ...]:
        items, spot = table.get(key), _join(where, key)
        if where.count(".") >= DEEPEST:
            raise BadFile(self.path, "", f"at most {DEEPEST} levels of criteria", "more")
        if not isinstance(items, list) or not items:
            header = re.sub(r"\[\d+\]", "", spot)
            raise self.fault(spot, f"at least one [[{header}]]", items)
        return tuple(self.criterion(item, f"{spot}[{index}]") for index, item in enumerate(items))

    def criterion(self, table: object, where: str) -> Criterion:
        if not isinstance(table, dict):
            raise self.fault(where, "a table with id and text", table)
        self.refuse_unknown(table, CRITERION_KEYS, where)
        id = self.id(table, where)
        for key in ("check", "points"):
            if "child" in table and key in table:
                raise self.fault(_join(where, key), f"no {key} beside children", table[key])
        if "declared_points" in table and "child" not in table:
            raise self.fault(_join(where, "declared_points"), "points, as this is a leaf", "declared_points")
        points = self.number(table, "points", where)
        children = self.criteria(table, "child", where) if "child" in table else ()
        return Criterion.model_validate(
            {
                "id": id,
                "text": self.text(table, "text", where),
                "weight": self.number(table, "weight", where) or usual_weight(points, children),
                "kind": self.word(table, "kind", get_args(LeafKind), where),
                "points": points,
                "declared_points": self.number(table, "declared_points", where),
                "check": self.check(table, "check", where),
                "gate": self.check(table, "gate", where),
                "requires": self.texts(table, "requires", where),
                "children": children,
            }
        )

    def id(self, table: Mapping[str, Any], where: str) -> str:
        id, spot = self.text(table, "id", where), _join(where, "id")
        if not ID.fullmatch(id):
            raise self.fault(spot, "letters, digits and . _ - only", id)
        if id in self.seen:
            raise self.fault(spot, f"an id of its own; {self.seen[id]} has this one", id)
        self.seen[id] = where
        return id

    def text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(_join(where, key), "text in quotes", value)
        return value

    def texts(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise self.fault(_join(where, key), "a list of texts in quotes", value)
        return tuple(value)

    def word(self, table: Mapping[str, Any], key: str, known: Sequence[str], where: str) -> str | None:
        """None where it is not given."""
        value = table.get(key)
        if value is None or value in known:
            return value
        words = " or ".join(f'"{each}"' for each in known)
        raise self.fault(_join(where, key), f"{words}{_hint(value, known)}", value)

    def number(self, table: Mapping[str, Any], key: str, where: str) -> float | None:
        """Above 0 and finite; None where it is not given."""
        value = table.get(key)
        if value is None:
            return None
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not 0 < value <= sys.float_info.max:
            raise self.fault(_join(where, key), "a number above 0", value)
        return float(value)

    def check(self, table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any] | None:
        if key not in table:
            return None
        check, spot = table[key], _join(where, key)
        if not isinstance(check, dict):
            raise self.fault(spot, "a table with a kind", check)
        try:
            read_arguments(check)
        except ArgumentFault as fault:
            raise BadFile(self.path, _join(spot, fault.key), fault.expected, fault.found) from fault
        return check

    def refuse_requirements(self, rubric: Rubric) -> None:
        """Those that name no leaf, or that no order could meet."""
        known = required_of(rubric)
        for criterion in walk(rubric.criteria):
            for id in criterion.requires:
                if id not in known:
                    spot = _join(self.seen[criterion.id], "requires")
                    raise self.fault(spot, f"ids of leaves{_hint(id, known)}", id)
        if circle := circle_of(rubric):
            spot = _join(self.seen[circle[0]], "requires")
            raise BadFile(self.path, spot, "leaves that do not wait for each other", " -> ".join(circle))

    def refuse_unknown(self, table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in table:
            if key not in known:
                expected = f"only {', '.join(known)}{_hint(key, known)}"
                raise BadFile(self.path, _join(where, key), expected, f"'{key}'")

    def fault(self, key: str, expected: str, found: object) -> BadFile:
        return BadFile(self.path, key, expected, quoted(found))


def _hint(word: object, known: Iterable[str]) -> str:
    near = nearest(word, known, 1) if isinstance(word, str) else []
    return f"; did you mean {near[0]}?" if near else ""


def usual_weight(points: float | None, children: Sequence[Criterion]) -> float:
    """Of a criterion that says none: its points, or what its children's weights come to where all leaves
    have points, else 1."""
    if points is not None:
        return points
    marked = children and all(each.points is not None for each in walk(children) if not each.children)
    total = sum(each.weight for each in children)
    return total if marked and total <= sys.float_info.max else 1.0


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where and key else where or key


def rubric_text(rubric: Rubric) -> str:
    """TOML that `parse_rubric` reads back as the same rubric."""
    lines = [f"title = {_toml(rubric.title)}"]
    if rubric.origin != "author":
        lines.append(f"origin = {_toml(rubric.origin)}")
    if rubric.denominator != "leaf_sum":
        lines.append(f"denominator = {_toml(rubric.denominator)}")
    if rubric.declared_points is not None:
        lines.append(f"declared_points = {_toml(_short(rubric.declared_points))}")
    if rubric.errata:
        lines.append(f"errata = {_toml(rubric.errata)}")
    for criterion in rubric.criteria:
        lines += _criterion_lines(criterion, "criterion")
    return "\n".join(lines) + "\n"


def _criterion_lines(criterion: Criterion, header: str) -> list[str]:
    lines = ["", f"[[{header}]]", f"id = {_toml(criterion.id)}", f"text = {_toml(criterion.text)}"]
    values = {
        "kind": criterion.kind,
        "weight": _short(criterion.weight),
        "points": _short(criterion.points),
        "declared_points": _short(criterion.declared_points),
        "gate": criterion.gate,
        "requires": criterion.requires or None,
        "check": criterion.check,
    }
    if criterion.weight == usual_weight(criterion.points, criterion.children):
        values["weight"] = None
    lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    for child in criterion.children:
        lines += _criterion_lines(child, f"{header}.child")
    return lines


def _short(value: float | None) -> float | None:
    """A whole number without its `.0`."""
    return int(value) if value is not None and value.is_integer() else value


def _toml_key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _toml(key)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped and JSON does not.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_toml_key(str(key))} = {_toml(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_toml(each) for each in value)}]"
    raise TypeError(f"TOML has no way to write {value!r}")
