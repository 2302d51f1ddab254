"""Say that the work of this attempt is done."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.source.excerpt import cut_line


@reading_tool
async def submit(context: ToolContext, summary: str) -> ToolResult:
    """Hand in the workspace as it is now; the evaluation follows by itself. Call it once, when all is done.

    summary: what was changed and why, in a few sentences.
    """
    first = " ".join(summary.split())
    text = "Handed in. The workspace is now evaluated as it is."
    return ToolResult(
        ok=True,
        summary=f"submitted: {cut_line(first, 160)}" if first else "submitted",
        text=text,
        data={"summary": summary[:4000]},
        submitted=True,
    )
