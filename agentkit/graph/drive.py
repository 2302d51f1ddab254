"""Driving both graphs to their end, with checkpoints beside the journal."""

from __future__ import annotations

from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentkit.graph.attempt import build_attempt
from agentkit.graph.own import made
from agentkit.graph.search import Closing, build_search
from agentkit.graph.workers import Workers, resume_or_start
from agentkit.search.context import RunContext
from agentkit.search.stages import Stages

NEVER = 10**9
"""LangGraph wants a limit of super-steps; where attempts have no cap, other caps end the search."""


async def drive(run: RunContext, closing: Closing, checkpoints: Path) -> None:
    """Search, finalise, judge. Whatever ends it, no attempt and no command is left behind."""
    stages = Stages(run)
    async with AsyncSqliteSaver.from_conn_string(str(checkpoints)) as saver:
        own = run.scaffold.graph
        graph = build_attempt(stages).compile(checkpointer=saver) if own is None else made(own, stages, saver)
        workers = Workers(run, graph)
        search = build_search(run, workers, closing).compile(checkpointer=saver)
        config = {
            "configurable": {"thread_id": "search"},
            "recursion_limit": NEVER if run.budget.attempts is None else 8 * run.budget.attempts + 100,
        }
        try:
            await resume_or_start(search, config, {"pending": [], "stop": ""})
        finally:
            await workers.close()
