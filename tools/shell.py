"""Run a command with bash in the attempt's sandbox."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, tool
from agentkit.source.paths import Refused
from agentkit.toolbox.command import refused, run_logged, told


@tool
async def shell(context: ToolContext, command: str, timeout_seconds: float = 120) -> ToolResult:
    """Run a bash command in the workspace. Each call is a new shell; its processes end with it.

    command: one command or a script of several lines.
    timeout_seconds: after so long everything it started is ended; what it printed till then is shown.
    """
    if not command.strip() or "\0" in command:
        problem = "it holds a NUL" if command.strip() else "it is empty"
        return refused(f"The command was not run: {problem}.")
    try:
        return told(command, await run_logged(context, "shell", ("bash", "-c", command), timeout_seconds))
    except Refused as refusal:
        return refused(str(refusal))
