"""Which tools a run has; those of servers are in tests/plugins/test_mcp.py."""

from __future__ import annotations

import pytest

from agentkit.catalog import open_catalog
from agentkit.errors import UnknownName
from agentkit.runs.tools import load_tools, outside
from agentkit.sandboxes.local import LocalSandbox
from agentkit.settings_sources import resolve


def test_tools_of_kits_need_no_server() -> None:
    settings = resolve({"tools": "submit,shell"}).settings
    assert list(load_tools(open_catalog(), settings, LocalSandbox())) == ["submit", "shell"]
    with pytest.raises(UnknownName, match="no MCP server 'far'"):
        load_tools(open_catalog(), resolve({"tools": "far/x"}).settings, LocalSandbox())


def test_only_a_used_server_at_an_address_is_said_to_be_outside() -> None:
    servers = {"far": {"url": "http://h/mcp"}, "near": {"command": ["x"]}, "unused": {"url": "http://h"}}
    told = outside(resolve({"mcp": servers, "tools": "far/a,far/b,near/*,shell"}).settings)
    assert len(told) == 1 and "'far' is at http://h/mcp" in told[0]
