import json
import re
import sys
from pathlib import Path

import pytest

from agentkit.catalog.catalog import open_catalog
from agentkit.cli.main import main
from agentkit.cli.tools_page import likely_tokens

MOST_TOKENS = 2500
SERVER = Path(__file__).parents[2] / "plugins" / "mcp_server.py"


def test_the_schemas_of_all_tools_together_are_short() -> None:
    catalog = open_catalog()
    own = [entry for entry in catalog.entries("tool") if entry.kit.name == "builtin"]
    costs = {entry.name: likely_tokens(catalog.load("tool", entry.name).offer) for entry in own}
    assert len(costs) >= 14
    assert sum(costs.values()) <= MOST_TOKENS, costs


def test_every_tool_is_shown_with_its_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "tools", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert page["tokens"] == sum(row["tokens"] for row in page["tools"])
    rows = {row["name"]: row for row in page["tools"]}
    assert rows["shell"]["offered"]
    assert rows["search"]["changes_workspace"] is False
    assert main(["show", "tools"]) == 0
    shown = capsys.readouterr().out
    assert f"{page['tokens']:5}  tokens: " in shown
    assert all(name in shown for name in rows)


@pytest.mark.real
def test_tools_of_mcp_servers_are_among_them_and_a_server_that_does_not_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = json.dumps([sys.executable, str(SERVER)])
    (tmp_path / "agentkit.toml").write_text(
        f"[mcp.tiny]\ncommand = {command}\ntimeout_seconds = 120\n"
        '[mcp.gone]\ncommand = ["/nonexistent/server"]\n'
        '[solve]\nsandbox = "local"\ntools = ["shell", "tiny/a*"]\n'
    )
    assert main(["show", "tools"]) == 0
    shown = capsys.readouterr().out
    offered = re.findall(r"^\* (\w+) +[1-9]", shown, re.MULTILINE)
    assert offered == ["shell", "tiny_add", "tiny_around"]
    assert re.search(r"^! gone/\*: The MCP server 'gone' .*/nonexistent/server cannot", shown, re.MULTILINE)
