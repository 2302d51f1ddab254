"""What a run wrote is read with distrust."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import module

outputs = module("s1_mini.outputs")
METHODS = ("truncation", "forcing")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each), max_leaves=8
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_is_read_can_raise(data: bytes) -> None:
    outputs.read_generations(data)
    outputs.read_circles(data, METHODS)
    for row in outputs.read_rows(data, "method").values():
        outputs.number_in(row, "control")


@given(JSON)
def test_samples_of_any_form(written: Any) -> None:
    assert isinstance(outputs.read_samples(written), list)


def test_the_first_line_for_a_question_counts() -> None:
    lines = [{"setting": "a", "question": 0, "tokens": [each]} for each in (1, 2)]
    data = "\n".join(["no json", *map(json.dumps, lines), '{"setting": "a", "question": 1, "tokens": ["x"]}'])
    assert {key: each.tokens for key, each in outputs.read_generations(data.encode()).items()} == {
        ("a", 0): (1,)
    }


def plot(places: dict[str, tuple[float, float]]) -> bytes:
    circles = "".join(
        f'<circle cx="{x}" cy="{y}"><title>{name}</title></circle>' for name, (x, y) in places.items()
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg"><g id="forcing">{circles}</g></svg>'.encode()


POINTS = {"a": (2.0, 0.3), "b": (8.0, 0.5), "c": (20.0, 0.9)}


@pytest.mark.parametrize(
    ("across", "up", "share"),
    [(10.0, -200.0, 1.0), (10.0, 200.0, 0.0), (-10.0, -200.0, 0.0), (0.5, -200.0, 0.0), (10.0, 0.0, 0.0)],
)
def test_circles_lie_on_linear_axes(across: float, up: float, share: float) -> None:
    places = {name: (50 + across * x, 300 + up * y) for name, (x, y) in POINTS.items()}
    assert outputs.share_in_place(outputs.read_circles(plot(places), METHODS), POINTS) == share


def test_one_circle_that_is_missing_or_elsewhere_shows() -> None:
    points = {**POINTS, "d": (14.0, 0.7), "e": (5.0, 0.4)}
    places = {name: (50 + 10 * x, 300 - 200 * y) for name, (x, y) in points.items()}
    assert outputs.share_in_place(outputs.read_circles(plot(places), METHODS), points) == 1.0
    moved = {**places, "d": (50 + 10 * 14.0, 300 - 200 * 0.9)}
    assert outputs.share_in_place(outputs.read_circles(plot(moved), METHODS), points) < 0.99
    del places["d"]
    assert outputs.share_in_place(outputs.read_circles(plot(places), METHODS), points) == 0.8


def test_no_entity_is_expanded() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "1">]>' + plot(POINTS)
    assert outputs.read_circles(bomb, METHODS) == {}
