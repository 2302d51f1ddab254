"""What is left of the run's budget."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, reading_tool


@reading_tool
async def budget(context: ToolContext) -> ToolResult:
    """What is left: attempts, minutes, dollars, tokens, GPU-seconds."""
    lines = list(context.budget())
    text = "\n".join(lines) or "Nothing is capped."
    return ToolResult(ok=True, summary=" ".join(lines) or text, text=text)
