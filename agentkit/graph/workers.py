"""Workers: the attempts under way, each its own task and its own LangGraph thread."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterable
from typing import Any

from agentkit.errors import BudgetSpent, ModelProblem, RunFailed
from agentkit.graph.own import own_graph_blamed, unfinished
from agentkit.search.context import RunContext
from agentkit.search.spending import seconds_left

SUPER_STEPS = 100
"""Of an attempt without repairs, with room for an author's own graph; each repair adds two."""


class Workers:
    """Starts attempts, waits for them, stops them. `stop` says why no more should be started."""

    def __init__(self, run: RunContext, attempt_graph: Any) -> None:
        self.run = run
        self.graph = attempt_graph
        self.stop = ""
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def start(self, attempts: Iterable[str]) -> None:
        """Start those that are not under way; after a fault none is started."""
        for attempt in attempts:
            if attempt in self._tasks or self.stop:
                continue
            # A clean context: LangGraph keeps the running node's config in a context variable, and an
            # attempt started under it would become a subgraph of the search instead of its own thread.
            self._tasks[attempt] = asyncio.get_running_loop().create_task(
                self._attempt(attempt), name=attempt, context=contextvars.Context()
            )

    async def wait(self, *, all_of_them: bool) -> None:
        """Until one has ended, or all. A spent budget or a model that fails ends the search, not the run."""
        if not self._tasks:
            return
        condition = asyncio.ALL_COMPLETED if all_of_them else asyncio.FIRST_COMPLETED
        left = seconds_left(self.run)
        timeout = None if left is None else max(0.0, left)
        done, _ = await asyncio.wait(self._tasks.values(), return_when=condition, timeout=timeout)
        if not done:
            self.stop = self.stop or f"the run's cap of {self.run.budget.minutes:g} minutes is reached"
            await self.close()  # what they had under way stays pending, for a resume with a larger cap
        for task in done:
            del self._tasks[task.get_name()]
            if task.cancelled():  # by a library of its own; nobody here asked for it
                raise RunFailed(f"Attempt {task.get_name()} was cancelled from within.")
            error = task.exception()
            if isinstance(error, (BudgetSpent, ModelProblem)):
                self.stop = self.stop or error.message.rstrip(".")
            elif error is not None:
                await self.close()
                raise error

    async def close(self) -> None:
        """Cancel what is under way and wait until its commands are gone."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _attempt(self, attempt: str) -> None:
        config = {
            "configurable": {"thread_id": f"attempt-{attempt}"},
            "recursion_limit": SUPER_STEPS + 2 * self.run.scaffold.repairs,
        }
        if self.run.scaffold.graph is None:
            await resume_or_start(self.graph, config, {"attempt": attempt})
            return
        with own_graph_blamed(attempt, SUPER_STEPS, self.run.folder):
            await resume_or_start(self.graph, config, {"attempt": attempt})
        if attempt not in self.run.journal.state.tree.attempts:
            raise unfinished(attempt, self.run.folder)


async def resume_or_start(graph: Any, config: dict[str, Any], initial: dict[str, Any]) -> None:
    """Go on at the checkpointed stage if there is one, else from the start."""
    state = await graph.aget_state(config)
    await graph.ainvoke(None if state.next else initial, config, durability="sync")
