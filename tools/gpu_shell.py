"""Run a command with bash on GPUs that are leased for as long as it runs."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.errors import AgentkitError
from agentkit.source.paths import Refused
from agentkit.toolbox.command import refused, run_logged, told


@tool
async def gpu_shell(
    context: ToolContext,
    command: str,
    gpus: int = 1,
    exclusive: bool = False,
    timeout_seconds: float = 120,
) -> ToolResult:
    """Like shell, with GPUs leased while it runs. It waits for them first; that time does not count.

    exclusive: not shared with others; for what is timed.
    """
    if not command.strip() or "\0" in command:
        return refused("The command was not run: it is empty or holds a NUL.")
    if gpus < 1:
        return refused("gpus is a number of devices, 1 or more; shell runs without one.")
    request = GpuRequest(count=gpus, exclusive=exclusive)
    try:
        ran = await run_logged(
            context, "gpu_shell", ("bash", "-c", command), timeout_seconds, gpus=request
        )  # fmt: skip
    except Refused as refusal:
        return refused(str(refusal))
    except AgentkitError as error:  # fewer GPUs than asked for, a budget that is spent
        return refused(str(error))
    return told(command, ran)
