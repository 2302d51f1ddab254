"""Run a command with bash on GPUs that are leased for as long as it runs."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.source.paths import Refused
from agentkit.toolbox.command import refused, run_logged, told
from agentkit.toolbox.gpu_watch import GpuWatch


@tool
async def gpu_shell(
    context: ToolContext,
    command: str,
    gpus: int = 1,
    exclusive: bool = False,
    timeout_seconds: float = 120,
) -> ToolResult:
    """Like shell, with GPUs leased while it runs; tells their memory peak, clocks, throttling, Xid errors.

    exclusive: not shared with others; for what is timed.
    """
    if not command.strip() or "\0" in command:
        return refused("The command was not run: it is empty or holds a NUL.")
    if gpus < 1:
        return refused("gpus is a number of devices, 1 or more; shell runs without one.")
    request, watch = GpuRequest(count=gpus, exclusive=exclusive), GpuWatch()
    argv = ("bash", "-c", command)
    try:
        ran = await run_logged(context, "gpu_shell", argv, timeout_seconds, gpus=request, watch=watch)
    except Refused as refusal:
        return refused(str(refusal))
    result = told(command, ran)
    return result.model_copy(
        update={
            "text": "\n".join([result.text, *(f"[{line}]" for line in watch.lines())]),
            "gpu": {**(result.gpu or {}), **watch.facts()},
        }
    )
