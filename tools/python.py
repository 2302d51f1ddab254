"""A Python interpreter that is kept from call to call."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, tool
from agentkit.errors import AgentkitError
from agentkit.source.paths import Refused
from agentkit.toolbox.command import refused
from agentkit.toolbox.kept import KeptInterpreter


@tool
async def python(context: ToolContext, code: str, timeout_seconds: float = 120) -> ToolResult:
    """Run Python in one interpreter for all calls: names are kept. The last expression's value is shown."""
    try:
        return await KeptInterpreter.of(context, "python", "python").run(code, timeout_seconds)
    except (Refused, AgentkitError) as refusal:
        return refused(str(refusal))
