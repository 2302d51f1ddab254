"""Tools of a run: by name from the kits' tools/, and as SERVER/PATTERN from MCP servers."""

from __future__ import annotations

from agentkit.catalog import Catalog
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.tool import Tool
from agentkit.settings import Settings

SERVERS = "mcp"
"""The plugin that asks servers; a kit may have its own of that name."""


def load_tools(catalog: Catalog, settings: Settings, sandbox: Sandbox) -> dict[str, Tool]:
    """By the name that a model calls. Raises what the catalog does, and for a server that does not start."""
    served = [each for each in settings.tools if "/" in each]
    found = {each: catalog.load("tool", each) for each in settings.tools if "/" not in each}
    if served:
        found |= catalog.load("plugin", SERVERS).find_tools(served, settings.mcp, sandbox)
    return found


def outside(settings: Settings) -> tuple[str, ...]:
    """What a user should be told of servers that no sandbox holds."""
    used = dict.fromkeys(each.partition("/")[0] for each in settings.tools if "/" in each)
    servers = {name: settings.mcp[name] for name in used if name in settings.mcp}
    return tuple(
        f"The MCP server '{name}' is at {each.url}: what its tools do, they do outside the sandbox."
        for name, each in servers.items()
        if each.url
    )
