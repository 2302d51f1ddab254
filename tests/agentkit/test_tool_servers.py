"""The [mcp.NAME] tables of agentkit.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import BadFile, UsageError
from agentkit.settings_sources import resolve


def test_tables_of_the_file_and_of_text_come_together(tmp_path: Path) -> None:
    (tmp_path / "agentkit.toml").write_text('[mcp.time]\ncommand = ["a", "b"]\ntools = ["get_*"]\n')
    resolved = resolve({"mcp": '{"far": {"url": "http://h/mcp"}}'}, {}, tmp_path)
    assert resolved.settings.mcp["time"].command == ("a", "b")
    assert resolved.settings.mcp["time"].tools == ("get_*",)
    assert resolved.settings.mcp["far"].url == "http://h/mcp"
    again = resolve({"mcp": resolved.settings.model_dump(mode="json")["mcp"]}).settings.mcp
    assert again == resolved.settings.mcp, "as a run that is gone on with reads it from its manifest"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mcp.time]\ntool = 3\n", ("at 'mcp.time.tool'", "Did you mean: tools?")),
        ("[mcp.time]\n", ("at 'mcp.time'", "either command")),
        ("[mcp.time]\ncommand = ['x']\nurl = 'http://x'\n", ("at 'mcp.time'", "either command")),
        ("[mcp.time]\nurl = 'ftp://x'\n", ("at 'mcp.time.url'",)),
        ("[mcp.time]\nurl = 'http://x'\nkey_variable = 'sk-1'\n", ("the name of an environment variable",)),
        ("[mcp.time]\ncommand = ['x']\ntimeout_seconds = true\n", ("at 'mcp.time.timeout_seconds'",)),
        ("[mcp.'a/b']\ncommand = ['x']\n", ("names of letters",)),
        ("mcp = 3\n", ("at 'mcp'",)),
    ],
)
def test_a_mistake_is_named_where_it_is(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "agentkit.toml").write_text(text)
    with pytest.raises((BadFile, UsageError)) as refusal:
        resolve({}, {}, tmp_path)
    assert all(each in str(refusal.value) for each in words), str(refusal.value)
    assert "sk-1" not in str(refusal.value)
