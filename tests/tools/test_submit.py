from collections.abc import Callable

from agentkit import ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]


def test_it_ends_the_attempt(use: Use) -> None:
    result = use("submit", summary="A longer\nwarm-up. " + "x" * 500)
    assert result.ok
    assert result.submitted
    assert result.summary.startswith("submitted: A longer warm-up. ")
    assert len(result.summary) < 200
    assert "evaluated" in result.text
    assert use("submit", summary=" ").summary == "submitted"


def test_it_needs_a_summary(use: Use) -> None:
    result = use("submit")
    assert not result.ok
    assert not result.submitted
    assert "summary" in result.text


def test_it_leaves_the_workspace_alone() -> None:
    assert not open_catalog().load("tool", "submit").changes_workspace
