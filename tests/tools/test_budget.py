import asyncio
from dataclasses import replace

from agentkit import ToolContext
from agentkit.catalog.catalog import open_catalog


def test_what_is_left_is_told_as_it_is_at_that_moment(context: ToolContext) -> None:
    tool = open_catalog().load("tool", "budget")
    lines = ["Attempts left after this one: 3."]
    capped = replace(context, budget=lambda: lines)
    assert asyncio.run(tool.call(capped, {})).text == lines[0]
    lines.append("Minutes left: 2.0.")
    assert asyncio.run(tool.call(capped, {})).text.splitlines() == lines
    assert asyncio.run(tool.call(context, {})).text == "Nothing is capped."
