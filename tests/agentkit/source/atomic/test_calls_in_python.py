"""Calls that cannot fit what they call."""

from __future__ import annotations

import pytest

from agentkit.source.atomic.calls_in_python import misfits
from agentkit.source.languages import parse


@pytest.mark.parametrize(
    ("definition", "call", "fits"),
    [
        ("def f(a, b): ...", "f(1, 2)", True),
        ("def f(a, b): ...", "f(1)", False),
        ("def f(a, b): ...", "f(1, 2, 3)", False),
        ("def f(a, b=1): ...", "f(1)", True),
        ("def f(a: int, b: int = 1) -> int: ...", "f(1, b=2)", True),
        ("def f(a: int, b: int) -> int: ...", "f(b=2, a=1)", True),
        ("def f(a): ...", "f(c=1)", False),
        ("def f(a, **rest): ...", "f(1, c=1)", True),
        ("def f(*all): ...", "f(1, 2, 3)", True),
        ("def f(*all: int, key): ...", "f(1, 2, 3)", False),
        ("def f(a, *, key): ...", "f(1, key=2)", True),
        ("def f(a, *, key): ...", "f(1, 2)", False),
        ("def f(a, /, b): ...", "f(1, 2)", True),
        ("def f(a, b): ...", "f(*both)", True),
        ("def f(a, b): ...", "f(**both)", True),
        ("def f(a): ...", "f(x for x in y)", True),
        ("@cached\ndef f(a): ...", "f()", True),
        ("def f(a): ...\ndef f(a, b): ...", "f()", True),
        ("class f:\n    def __init__(self, a): ...", "f(1)", True),
        ("class f:\n    def __init__(self, a): ...", "f()", False),
        ("class f:\n    a: int = 1", "f(2)", True),
        ("def f(a): ...", "g.f()", True),
    ],
)
def test_calls(definition: str, call: str, fits: bool) -> None:
    root = parse(f"{definition}\n{call}\n".encode(), "python").root_node
    assert misfits(root) == (set() if fits else {"f()"})
