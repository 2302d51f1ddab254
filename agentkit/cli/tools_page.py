"""`agentkit show tools`: what each tool's schema costs in every request that offers it."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from agentkit.catalog import Catalog, open_catalog
from agentkit.contracts.messages import ToolOffer
from agentkit.errors import AgentkitError
from agentkit.project import start_folder
from agentkit.search.text import BYTES_OF_A_TOKEN
from agentkit.settings import Settings
from agentkit.settings_sources import resolve

if TYPE_CHECKING:
    from agentkit.contracts.tool import Tool

SERVER = "mcp"
HOW = f"a token for each {BYTES_OF_A_TOKEN} bytes of the schema as compact JSON; a model's own count differs"


def likely_tokens(offer: ToolOffer) -> int:
    """The same on every machine, and near what tokenizers make of such text."""
    written = json.dumps(offer.model_dump(mode="json"), separators=(",", ":"), ensure_ascii=False)
    return -(-len(written.encode()) // BYTES_OF_A_TOKEN)


def show_tools(*, as_json: bool, full: bool) -> None:
    """Every tool that can be loaded, those of MCP servers too; BrokenPlugin names one that cannot. A server
    that does not answer is said in a line."""
    catalog, settings = open_catalog(), resolve({}, os.environ, start_folder()).settings
    rows = [row(catalog.load("tool", each.name), each.kit.name, settings) for each in catalog.entries("tool")]
    problems: dict[str, str] = {}
    for server in settings.mcp:
        try:
            rows += [row(each, f"{SERVER} {server}", settings) for each in served(catalog, settings, server)]
        except AgentkitError as error:
            problems[server] = " ".join([error.message, *error.lines])
    total = sum(each["tokens"] for each in rows)
    if as_json:
        page = {"version": 1, "tokens": total, "counted": HOW, "tools": rows, "problems": problems}
        print(json.dumps(page, indent=2))
        return
    width = max([len(each["name"]) for each in rows], default=0)
    for each in rows:
        purpose = each["schema"]["description"].split("\n")[0]
        mark = "*" if each["offered"] else " "
        print(f"{mark} {each['name']:<{width}} {each['tokens']:5}  {purpose}")
        if full:
            print(json.dumps(each["schema"]["parameters"], indent=2, ensure_ascii=False) + "\n")
    for server, problem in problems.items():
        print(f"! {server}/*: {problem}")
    print(f"  {'all':<{width}} {total:5}  tokens: {HOW}")
    asked = sum(each["tokens"] for each in rows if each["offered"])
    print(f"* what a run here offers: {asked} tokens. Others: --tools NAME,NAME …")


def row(tool: Tool, source: str, settings: Settings) -> dict[str, Any]:
    """`source`: the kit it is from, or the server."""
    offer = tool.offer
    called = f"{source.removeprefix(SERVER).strip()}/{getattr(tool, 'called', '')}"
    return {
        "name": tool.name,
        "kit": source,
        "tokens": likely_tokens(offer),
        "offered": tool.name in settings.tools or any(fnmatchcase(called, each) for each in settings.tools),
        "changes_workspace": tool.changes_workspace,
        "schema": offer.model_dump(mode="json"),
    }


def served(catalog: Catalog, settings: Settings, server: str) -> list[Tool]:
    """As a run would find them: the server is started in its sandbox and asked."""
    from agentkit.runs.tools import load_tools
    from agentkit.sandboxes.choose import choose_sandbox

    sandbox = choose_sandbox(settings.sandbox, trusted=False, docker_image=settings.docker_image)
    asked = settings.model_copy(update={"tools": (f"{server}/*",)})
    return list(load_tools(catalog, asked, sandbox).values())
