"""A shell that is kept from call to call."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, tool
from agentkit.errors import AgentkitError
from agentkit.source.paths import Refused
from agentkit.toolbox.command import refused
from agentkit.toolbox.kept import KeptInterpreter


@tool
async def session(context: ToolContext, command: str, timeout_seconds: float = 120) -> ToolResult:
    """Like shell, but one bash for all calls: folder, variables and functions are kept. No standard input."""
    try:
        return await KeptInterpreter.of(context, "session", "bash").run(command, timeout_seconds)
    except (Refused, AgentkitError) as refusal:
        return refused(str(refusal))
