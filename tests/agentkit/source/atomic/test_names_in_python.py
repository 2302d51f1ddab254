"""Scopes and members of Python."""

from __future__ import annotations

import pytest

from agentkit.source.atomic.names import names_of


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("def f(x):\n    y = x\n    return y + z\n", {"z"}),
        ("z = 1\ndef f():\n    return z\n", set()),
        ("def f():\n    z = 1\n    def g():\n        return z\n", set()),
        ("def f():\n    z = 1\ndef g():\n    return z\n", {"z"}),
        ("class A:\n    n = 1\n    m = n + k\n", {"k"}),
        ("[x for x in y]\n", {"y"}),
        ("def f():\n    global g\n    g = 1\ng\n", set()),
        ("def f(:\n", set()),
        ("from m import *\nanything\n", set()),
        ("print('\\d')\n", {"print"}),
    ],
)
def test_names_that_nothing_in_the_file_binds(text: str, loose: set[str]) -> None:
    assert names_of(text.encode(), "python").loose == loose


def test_members_are_bound_by_classes_assignments_and_texts() -> None:
    text = """
class Recipe:
    steps: int = 1
    def rate(self, speed): ...
def make(parser, model):
    local = 2
    model.head = 3
    model.table, other.skip = 4, 5
    parser.add_argument("--first-window", type=int)
    model.register_buffer("mask", 6)
    return model.deep(width=7)
"""
    names = names_of(text.encode(), "python")
    bound = {"steps", "rate", "speed", "head", "table", "skip", "first_window", "mask"}
    assert bound <= names.members_bound
    assert "local" not in names.members_bound
    assert {"deep", "width"} <= names.members_used
    assert "head" not in names.members_used


def test_modules() -> None:
    text = b"import a.b as c\nfrom .near import f\nfrom . import kept\nimport far\n"
    assert names_of(text, "python").files_used == {"b", "near", "kept", "far"}
