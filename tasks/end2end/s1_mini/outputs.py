"""What a run wrote, read with distrust: nothing in it can raise, and what cannot be read is not there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
from pydantic import TypeAdapter, ValidationError

from agentkit.contracts.record import Record

from .replay import Generation

MOST_LINES = 20_000
NEAREST_PIXELS = 1.5
"""How far a circle may lie from where a linear axis puts it."""
LEAST_SPREAD = 50.0
"""Pixels that the circles must span, or every place is as good as another."""
Key = tuple[str, int]
"""A setting, and the number of a question."""
Place = tuple[float, float]


class Said(Record):
    """A line of `generations.jsonl`."""

    setting: str
    question: int
    tokens: tuple[int, ...]


class Sample(Record):
    """An entry of `samples.json`."""

    setting: str
    question: int
    text: str
    right: bool


def read_generations(data: bytes | None) -> dict[Key, Generation]:
    """The first line for each setting and question counts."""
    found: dict[Key, Generation] = {}
    for line in (data or b"").splitlines()[:MOST_LINES]:
        try:
            said = Said.model_validate(json.loads(line))
        except (ValueError, RecursionError):  # a ValidationError is one
            continue
        found.setdefault((said.setting, said.question), Generation(tokens=said.tokens))
    return found


def read_samples(written: Any | None) -> list[Sample]:
    try:
        return TypeAdapter(list[Sample]).validate_python(written)
    except (ValidationError, RecursionError):
        return []


def read_rows(data: bytes | None, key: str) -> dict[str, Mapping[str, str]]:
    """The rows of a CSV file with a header, by what they have in the column `key`."""
    text = (data or b"").decode("utf-8", errors="replace")
    try:
        rows = list(csv.DictReader(io.StringIO(text), restval=""))[:MOST_LINES]
    except csv.Error:
        return {}
    return {
        str(row.get(key, "")).strip(): {str(name): str(cell) for name, cell in row.items()} for row in rows
    }


def number_in(row: Mapping[str, str], column: str) -> float:
    """NaN where there is none."""
    try:
        return float(row.get(column, "nan"))
    except ValueError:
        return float("nan")


def read_circles(data: bytes | None, methods: tuple[str, ...]) -> dict[str, Place]:
    """Of `plot.svg`: in the group with a method's id, each circle by the setting in its <title>."""
    if data is None or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return {}
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return {}
    found: dict[str, Place] = {}
    for group in root.iter():
        if group.get("id") not in methods:
            continue
        for circle in named(group, "circle"):
            title = "".join(next(named(circle, "title"), circle).itertext()).strip()
            place = (number_in(circle.attrib, "cx"), number_in(circle.attrib, "cy"))
            if np.isfinite(place).all():
                found[title] = place
    return found


def named(above: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Elements below with this name, in whatever namespace."""
    return (each for each in above.iter() if str(each.tag).rpartition("}")[2] == name)


def share_in_place(circles: Mapping[Any, Place], points: Mapping[str, Place]) -> float:
    """The share of points that have a circle where two linear axes put it: x to the right, y upwards."""
    both = [name for name in points if name in circles]
    if len(both) < 3:
        return 0.0
    shown, meant = np.array([circles[each] for each in both]), np.array([points[each] for each in both])
    near = np.ones(len(both), bool)
    for axis, direction in ((0, 1.0), (1, -1.0)):
        if np.ptp(meant[:, axis]) == 0 or np.ptp(shown[:, axis]) < LEAST_SPREAD:
            return 0.0
        slope, start = np.polyfit(meant[:, axis], shown[:, axis], 1)
        if slope * direction <= 0:
            return 0.0
        near &= np.abs(slope * meant[:, axis] + start - shown[:, axis]) <= NEAREST_PIXELS
    return float(near.sum()) / len(points)
