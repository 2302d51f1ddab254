"""`agentkit show tools`: what each tool's schema costs in every request that offers it."""

from __future__ import annotations

import json
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.contracts.messages import ToolOffer
from agentkit.search.text import BYTES_OF_A_TOKEN
from agentkit.settings import Settings

HOW = f"a token for each {BYTES_OF_A_TOKEN} bytes of the schema as compact JSON; a model's own count differs"


def likely_tokens(offer: ToolOffer) -> int:
    """The same on every machine, and near what tokenizers make of such text."""
    written = json.dumps(offer.model_dump(mode="json"), separators=(",", ":"), ensure_ascii=False)
    return -(-len(written.encode()) // BYTES_OF_A_TOKEN)


def show_tools(*, as_json: bool, full: bool) -> None:
    """Every tool that can be loaded; BrokenPlugin names one that cannot."""
    catalog = open_catalog()
    offered = set(Settings().tools)
    rows: list[dict[str, Any]] = []
    for entry in catalog.entries("tool"):
        tool = catalog.load("tool", entry.name)
        rows.append(
            {
                "name": entry.name,
                "kit": entry.kit.name,
                "tokens": likely_tokens(tool.offer),
                "offered": entry.name in offered,
                "changes_workspace": tool.changes_workspace,
                "schema": tool.offer.model_dump(mode="json"),
            }
        )
    total = sum(row["tokens"] for row in rows)
    asked = sum(row["tokens"] for row in rows if row["offered"])
    if as_json:
        print(json.dumps({"version": 1, "tokens": total, "counted": HOW, "tools": rows}, indent=2))
        return
    width = max([len(row["name"]) for row in rows], default=0)
    for row in rows:
        purpose = row["schema"]["description"].split("\n")[0]
        mark = "*" if row["offered"] else " "
        print(f"{mark} {row['name']:<{width}} {row['tokens']:5}  {purpose}")
        if full:
            print(json.dumps(row["schema"]["parameters"], indent=2, ensure_ascii=False) + "\n")
    print(f"  {'all':<{width}} {total:5}  tokens: {HOW}")
    print(f"* offered without a setting: {asked} tokens. Others: --tools NAME,NAME …")
