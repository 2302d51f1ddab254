from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.sandbox import Environment
from agentkit.contracts.tool import Tool, ToolContext, ToolResult, reading_tool, split_docstring, tool
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace

CHECKOUT = Path(__file__).parents[3]


@tool
async def look(
    context: ToolContext,
    path: str,
    lines: int = 20,
    order: Literal["up", "down"] = "up",
    words: list[str] = [],  # noqa: B006 - an author may write it; each call has its own
    limit: Optional[int] = None,  # noqa: UP045 - the older spelling must work too
) -> ToolResult:
    """Show a file.

    Long ones are cut.

    path: relative to the workspace,
        never absolute
    order: which end comes first
    """
    words.append(path)
    return ToolResult(ok=True, summary=f"{lines} {order} {words} {limit}")


@reading_tool
async def glance(context: ToolContext) -> ToolResult:
    """Only look."""
    return ToolResult(ok=True, summary=context.workspace.folder.name)


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    workspace = SnapshotWorkspace(tmp_path, Blobs(tmp_path / "blobs"))
    return ToolContext(workspace, LocalSandbox(), Environment(), tmp_path)


def call(which: Tool, context: ToolContext, **arguments: Any) -> ToolResult:
    return asyncio.run(which.call(context, arguments))


def test_a_model_is_told_purpose_types_defaults_and_notes() -> None:
    offer = look.offer
    assert (offer.name, offer.description) == ("look", "Show a file.\n\nLong ones are cut.")
    assert offer.parameters == {
        "type": "object",
        "required": ["path"],
        "properties": {
            "path": {"type": "string", "description": "relative to the workspace, never absolute"},
            "lines": {"type": "integer", "default": 20},
            "order": {
                "type": "string",
                "enum": ["up", "down"],
                "default": "up",
                "description": "which end comes first",
            },
            "words": {"type": "array", "items": {"type": "string"}},
            "limit": {"type": "integer"},
        },
    }


def test_arguments_are_checked_and_the_rest_filled_in(context: ToolContext) -> None:
    assert call(look, context, path="a").summary == "20 up ['a'] None"
    assert call(look, context, path="b", lines="3", order="down", limit=1).summary == "3 down ['b'] 1"


def test_the_context_is_the_first_argument_and_no_part_of_the_offer(context: ToolContext) -> None:
    assert call(glance, context).summary == context.workspace.folder.name
    assert glance.offer.parameters["properties"] == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "path: Field required"),
        ({"path": 3}, "path: "),
        ({"path": "a", "lines": "few"}, "lines: "),
        ({"path": "a", "order": "sideways"}, "order: "),
        ({"path": "a", "words": ["x", 3]}, "words.1: "),
        ({"path": "a", "ordre": "up"}, "ordre: "),
    ],
)
def test_wrong_arguments_are_a_result_that_names_them_and_the_right_ones(
    context: ToolContext, arguments: dict[str, Any], told: str
) -> None:
    result = call(look, context, **arguments)
    assert not result.ok
    assert result.text.startswith(f"look was not called: {told}")
    assert result.text.endswith("It takes: path, lines, order, words, limit.")


def test_only_a_reading_tool_says_that_it_changes_nothing() -> None:
    assert look.changes_workspace
    assert not glance.changes_workspace


words = st.text("abc ", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    st.lists(words, min_size=1, max_size=3),
    st.dictionaries(st.from_regex("[a-z_]{1,6}", fullmatch=True), st.lists(words, min_size=1, max_size=3)),
)
def test_a_docstring_is_its_opening_and_one_note_a_name(
    opening: list[str], notes: dict[str, list[str]]
) -> None:
    lines = [*opening, ""]
    for name, (first, *more) in notes.items():
        lines += [f"{name}: {first}", *(f"    {each}" for each in more)]
    assert split_docstring("\n".join(lines), notes) == (
        "\n".join(opening),
        {name: " ".join(texts) for name, texts in notes.items()},
    )


AUTHOR = """\
from agentkit import ToolContext, ToolResult, tool
@tool
async def right(context: ToolContext, path: str, count: int = 1) -> ToolResult:
    return ToolResult(ok=True, summary=path)
@tool  # line 5: no ToolResult comes back
async def number(context: ToolContext, path: str) -> int:
    return 3
@tool  # line 8: not async
def direct(context: ToolContext, path: str) -> ToolResult:
    return ToolResult(ok=True, summary=path)
@tool  # line 11: no context
async def alone(path: str) -> ToolResult:
    return ToolResult(ok=True, summary=path)
"""


@pytest.mark.real
def test_the_type_checker_meets_a_mistake_in_the_authors_own_file(tmp_path: Path) -> None:
    (tmp_path / "author.py").write_text(AUTHOR)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=",
         "--cache-dir=cache", "author.py"],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = re.findall(r'^(\S+?):(\d+): error: Argument 1 to "tool"', result.stdout, re.MULTILINE)
    assert errors == [("author.py", line) for line in ("5", "8", "11")], result.stdout
    assert "Found 3 errors in 1 file" in result.stdout
