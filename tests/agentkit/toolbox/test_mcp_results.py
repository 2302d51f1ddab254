"""Answers of MCP servers, in our envelope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.tool import open_context
from agentkit.contracts.tool import ToolResult
from agentkit.toolbox.mcp_results import as_result


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def result(folder: Path, *content: dict[str, Any], **more: Any) -> ToolResult:
    from mcp.types import CallToolResult

    answer = CallToolResult.model_validate({"content": list(content), **more}, by_name=True)
    return as_result("it_ask", answer, open_context(folder, "local"), 0.5)


def test_every_kind_of_content_is_shown_or_named(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        {"type": "text", "text": "one\x1b[0m"},
        {"type": "image", "data": "AAAA", "mimeType": "image/png"},
        {"type": "image", "data": "AAAA", "mimeType": "image/tiff"},
        {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
        {"type": "resource_link", "name": "paper", "uri": "https://h/p"},
        {"type": "resource", "resource": {"uri": "file:///a", "text": "inside"}},
        {"type": "resource", "resource": {"uri": "file:///b", "blob": "AAAA"}},
    )
    assert found.text.split("\n") == [
        "one\\x1b[0m",
        "[image image/tiff, 3 bytes, not shown]",
        "[audio audio/wav, 3 bytes, not shown]",
        "[paper: https://h/p]",
        "[file:///a]",
        "inside",
        "[file:///b: 3 bytes, not shown]",
    ]
    assert [each.data for each in found.images] == ["AAAA"]
    assert found.ok and found.seconds == 0.5


def test_a_long_answer_is_cut_and_kept_and_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    long = result(tmp_path, {"type": "text", "text": "word " * 10_000}, isError=True)
    assert not long.ok and len(long.text) < 8400 and long.truncated is not None
    assert (long.truncated.from_chars, long.truncated.full_log) == (50_000, "log:it_ask-0001.log")
    assert result(tmp_path).text == "[It answered nothing.]"
    only = result(tmp_path, structuredContent={"a": 1})
    assert (only.text, only.data) == ('{"a": 1}', {"structured": {"a": 1}})
