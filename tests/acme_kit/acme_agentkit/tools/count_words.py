"""A tool that only looks."""

from __future__ import annotations

from agentkit import Command, ToolContext, ToolResult, reading_tool


@reading_tool
async def count_words(context: ToolContext, path: str) -> ToolResult:
    """Count the words of a file.

    path: relative to the workspace.
    """
    argv = ("wc", "-w", "--", path)
    done = await context.sandbox.run(
        Command(argv=argv, folder=context.workspace.folder, environment=context.environment)
    )
    if done.status != "ok":
        return ToolResult(ok=False, summary=f"cannot count {path}", text=done.output)
    count = int(done.output.split()[0])
    return ToolResult(ok=True, summary=f"{count} words", text=str(count), data={"words": count})
