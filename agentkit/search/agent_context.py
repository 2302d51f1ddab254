"""Agent context: what the tools of one attempt may touch, opened for a stage and closed after it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from agentkit.contracts.tool import Note, ToolContext
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.ask import left
from agentkit.search.attempt_jobs import open_jobs
from agentkit.search.context import AttemptWork, RunContext


def tool_context(work: AttemptWork, workspace: SnapshotWorkspace) -> ToolContext:
    """With the attempt's jobs, the run's budget and its notes."""
    run = work.run
    return replace(
        work.tool_context(workspace),
        jobs=open_jobs(run, work.id),
        budget=lambda: left(run),
        notes=lambda: notes_of(run),
    )


@contextlib.asynccontextmanager
async def closing(work: AttemptWork, context: ToolContext) -> AsyncIterator[None]:
    """However the stage ends, nothing that a tool has started runs on; only a kill of agentkit itself leaves
    its jobs, for the process that resumes."""
    try:
        yield
    finally:
        while context.at_end:
            await context.at_end.pop()()
        await open_jobs(work.run, work.id).remove_all()


def notes_of(run: RunContext) -> list[Note]:
    """From the journal, so that a run that goes on has them too."""
    found: list[Note] = []
    for key, event in run.journal.state.tools.items():
        text = event["result"].get("data", {}).get("note")
        if event["name"] == NOTES and isinstance(text, str):
            found.append(Note(attempt=key.partition("/")[0], text=text))
    return found


NOTES = "notes"
"""The tool whose results are notes."""
