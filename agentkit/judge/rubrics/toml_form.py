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
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.errors import BadFile, nearest
from agentkit.judge.checks.kinds import ArgumentFault, read_arguments

RUBRIC_KEYS = ("title", "origin", "criterion")
CRITERION_KEYS = ("id", "text", "weight", "check", "child")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def read_rubric(path: Path) -> Rubric:
    """Raises BadFile, also where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadFile(path, "", "a rubric in TOML", problem.strerror or str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise BadFile(path, "", "UTF-8 text", str(problem)) from problem
    return parse_rubric(text, path)


def parse_rubric(text: str, path: object = "rubric") -> Rubric:
    """`path` is what an error calls the text."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise BadFile(path, "", "TOML", str(problem)) from problem
    reader = _Reader(path)
    reader.refuse_unknown(table, RUBRIC_KEYS, "")
    return Rubric(
        title=reader.text(table, "title", ""),
        origin=reader.origin(table),
        criteria=reader.criteria(table, "criterion", ""),
    )


class _Reader:
    """Goes down the tables with the path of keys to where it is, and remembers the ids it has met."""

    def __init__(self, path: object) -> None:
        self.path = path
        self.seen: dict[str, str] = {}

    def criteria(self, table: Mapping[str, Any], key: str, where: str) -> tuple[Criterion, ...]:
        items, spot = table.get(key), _join(where, key)
        if not isinstance(items, list) or not items:
            header = re.sub(r"\[\d+\]", "", spot)
            raise self.fault(spot, f"at least one [[{header}]]", items)
        return tuple(self.criterion(item, f"{spot}[{index}]") for index, item in enumerate(items))

    def criterion(self, table: object, where: str) -> Criterion:
        if not isinstance(table, dict):
            raise self.fault(where, "a table with id and text", table)
        self.refuse_unknown(table, CRITERION_KEYS, where)
        id = self.id(table, where)
        if "child" in table and "check" in table:
            raise self.fault(_join(where, "check"), "no check beside children", table["check"])
        return Criterion(
            id=id,
            text=self.text(table, "text", where),
            weight=self.weight(table, where),
            check=self.check(table, where),
            children=self.criteria(table, "child", where) if "child" in table else (),
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

    def origin(self, table: Mapping[str, Any]) -> Literal["author", "derived"]:
        match table.get("origin", "author"):
            case "author":
                return "author"
            case "derived":
                return "derived"
            case other:
                raise self.fault("origin", '"author" or "derived"', other)

    def weight(self, table: Mapping[str, Any], where: str) -> float:
        value = table.get("weight", 1.0)
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not 0 < value < math.inf:
            raise self.fault(_join(where, "weight"), "a number above 0", value)
        return float(value)

    def check(self, table: Mapping[str, Any], where: str) -> Mapping[str, Any] | None:
        if "check" not in table:
            return None
        check, spot = table["check"], _join(where, "check")
        if not isinstance(check, dict):
            raise self.fault(spot, "a table with a kind", check)
        try:
            read_arguments(check)
        except ArgumentFault as fault:
            raise BadFile(self.path, _join(spot, fault.key), fault.expected, fault.found) from fault
        return check

    def refuse_unknown(self, table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                expected = f"only {', '.join(known)}{hint}"
                raise BadFile(self.path, _join(where, key), expected, f"'{key}'")

    def fault(self, key: str, expected: str, found: object) -> BadFile:
        return BadFile(self.path, key, expected, "nothing" if found is None else repr(found))


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where and key else where or key


def rubric_text(rubric: Rubric) -> str:
    """TOML that `parse_rubric` reads back as the same rubric."""
    lines = [f"title = {_toml(rubric.title)}"]
    if rubric.origin != "author":
        lines.append(f"origin = {_toml(rubric.origin)}")
    for criterion in rubric.criteria:
        lines += _criterion_lines(criterion, "criterion")
    return "\n".join(lines) + "\n"


def _criterion_lines(criterion: Criterion, header: str) -> list[str]:
    lines = ["", f"[[{header}]]", f"id = {_toml(criterion.id)}", f"text = {_toml(criterion.text)}"]
    if criterion.weight != 1:
        weight = criterion.weight
        lines.append(f"weight = {_toml(int(weight) if weight.is_integer() else weight)}")
    if criterion.check is not None:
        lines.append(f"check = {_toml(criterion.check)}")
    for child in criterion.children:
        lines += _criterion_lines(child, f"{header}.child")
    return lines


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
