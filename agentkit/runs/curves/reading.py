"""The trace of a run, from its summary."""

from __future__ import annotations

from pathlib import Path

from agentkit.errors import AgentkitError
from agentkit.runs.curves.equal_budget import TracedRun
from agentkit.runs.curves.trace import trace_of
from agentkit.runs.tables.reading import fresh_summary, written_summary
from agentkit.runs.tables.row import UNFINISHED, RunRow


def traced(row: RunRow) -> TracedRun:
    """Without a trace where the run did not finish, its task has no score, or its folder is gone since."""
    if row.state in UNFINISHED or row.score is None:
        return TracedRun(row.task_name, None)
    path = Path(row.folder)
    try:
        summary = written_summary(path) or fresh_summary(path)
    except (AgentkitError, KeyError, TypeError, ValueError):
        return TracedRun(row.task_name, None)
    return TracedRun(row.task_name, trace_of(summary))
