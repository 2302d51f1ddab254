"""What every running command of ours has: a channel, limits of time, one end that somebody may ask for."""

from __future__ import annotations

import asyncio

from agentkit.contracts.sandbox import Channel, CommandResult, Limits
from agentkit.errors import AgentkitError
from agentkit.sandboxes.pipes import OutputPump, PipeChannel
from agentkit.sandboxes.result import End


class SupervisedJob:
    """The part of `contracts.sandbox.Job` that does not depend on where the command runs.

    Who begins it sets `_task`, whose result is the command's; that task keeps to `_late()` and `_asked`.
    """

    def __init__(self, limits: Limits, pump: OutputPump) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._pump = pump
        self._pump.on_problem = lambda: self._ask("listener")
        self._channel: PipeChannel | None = None
        self._end: End | None = None
        """The first reason to end it; None: it ends by itself."""
        self._asked: asyncio.Future[None] = self._loop.create_future()
        self._began = self._loop.time()
        self._task: asyncio.Task[CommandResult] | None = None

    @property
    def channel(self) -> Channel:
        if self._channel is None:
            raise AgentkitError("This command was started without a channel.", "Next: Command(channel=True)")
        return self._channel

    async def wait(self) -> CommandResult:
        if self._task is None:
            raise AgentkitError("This command was never begun.")
        return await asyncio.shield(self._task)

    async def stop(self) -> CommandResult:
        self._ask("stopped")
        return await self.wait()

    def say(self, line: str) -> None:
        """Put a line of the harness's own into the output."""
        self._pump.say(line)

    def _ask(self, end: End) -> None:
        if not self._asked.done():
            self._end = self._end or end
            self._asked.set_result(None)

    def _deadlines(self) -> dict[End, float]:
        moments: dict[End, float] = {}
        if self._limits.seconds is not None:
            moments["timeout"] = self._began + self._limits.seconds
        if self._limits.silent_seconds is not None:
            moments["silent"] = self._pump.last + self._limits.silent_seconds
        return moments

    def _late(self) -> End | None:
        now = self._loop.time()
        return next((end for end, moment in self._deadlines().items() if now >= moment), None)
