"""Facts read from a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog.syntax import facts_of, read_facts

Write = Callable[[str, str], Path]


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("import agentkit", True),
        ("import agentkit.search as search", True),
        ("from agentkit import tool", True),
        ("from agentkit.search import memory", True),
        ("if True:\n    import agentkit", True),
        ("import agentkits", False),
        ("from . import agentkit", False),
        ("from .agentkit import tool", False),
        ("'import agentkit'", False),
        ("# import agentkit", False),
        ("agentkit = 1", False),
    ],
)
def test_only_a_real_import_counts(source: str, counts: bool) -> None:
    assert facts_of(ast.parse(source)).imports_agentkit is counts


def test_purposes_names_and_constants() -> None:
    source = """'''About the module.

More.'''
import json as data
from x import y
COMMAND = "mine"
LIMIT: int = 3
NAME: str = "n"
try:
    import fast
except ImportError:
    fast = None
@decorated
async def part(a): '''First line.
    Second.'''
class Silent: pass
"""
    facts = facts_of(ast.parse(source))
    assert facts.purpose == "About the module."
    assert facts.purposes == {"part": "First line.", "Silent": ""}
    assert facts.constants == {"COMMAND": "mine", "NAME": "n"}
    assert facts.names >= {"data", "y", "COMMAND", "LIMIT", "NAME", "fast", "part", "Silent"}
    assert "json" not in facts.names
    assert facts.own == facts.names - {"data", "y"}


def test_star_import_is_kept_as_one() -> None:
    assert "*" in facts_of(ast.parse("from x import *")).names


def test_syntax_error_is_told_with_its_line(write: Write) -> None:
    facts = read_facts(write("a.py", "import agentkit\nx = = 1\n"))
    assert facts.imports_agentkit
    assert facts.broken.startswith("SyntaxError:")
    assert "line 2" in facts.broken
    assert not read_facts(write("b.py", "x = = 1\n")).imports_agentkit


def test_unreadable_file_is_told(tmp_path: Path) -> None:
    assert "No such file" in read_facts(tmp_path / "gone.py").broken


@given(st.binary(max_size=200))
def test_any_bytes_are_facts_or_a_fault(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.py"
        path.write_bytes(content)
        facts = read_facts(path)
    assert facts.broken or isinstance(facts.names, frozenset)
