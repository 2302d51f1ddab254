import json

import pytest

from agentkit.catalog.catalog import open_catalog
from agentkit.cli.main import main
from agentkit.cli.tools_page import likely_tokens

MOST_TOKENS = 2500


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
