"""Driving both graphs to their end, with checkpoints beside the journal."""

from __future__ import annotations

from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentkit.graph.attempt import build_attempt
from agentkit.graph.search import Closing, build_search
from agentkit.graph.workers import Workers, resume_or_start
from agentkit.search.context import RunContext
from agentkit.search.stages import Stages

SPARE_SUPER_STEPS = 1000
"""For a run without a cap on attempts, and for rounds in which nothing is selected."""


async def drive(run: RunContext, closing: Closing, checkpoints: Path) -> None:
    """Search, finalise, judge. Whatever ends it, no attempt and no command is left behind."""
    stages = Stages(run)
    graph = run.scaffold.graph(stages) if run.scaffold.graph else build_attempt(stages)
    async with AsyncSqliteSaver.from_conn_string(str(checkpoints)) as saver:
        workers = Workers(run, graph.compile(checkpointer=saver))
        search = build_search(run, workers, closing).compile(checkpointer=saver)
        config = {
            "configurable": {"thread_id": "search"},
            "recursion_limit": 4 * (run.budget.attempts or 0) + SPARE_SUPER_STEPS,
        }
        try:
            await resume_or_start(search, config, {"pending": [], "stop": ""})
        finally:
            await workers.close()
