"""Job: one command in a container, from its start to its result."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from agentkit.contracts.sandbox import Command, CommandResult, OnOutput
from agentkit.sandboxes.disk import DiskWatch
from agentkit.sandboxes.docker.container import Container
from agentkit.sandboxes.docker.shape import WORKSPACE
from agentkit.sandboxes.pipes import OutputPump, PipeChannel
from agentkit.sandboxes.process_tree import descend
from agentkit.sandboxes.result import End, notes, status_of
from agentkit.sandboxes.supervised import SupervisedJob

DEATH_SECONDS = 20.0
"""For the supervisor to report the end of what it was told to kill."""
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
"""Between two thoughts about the disk."""
NOTHING_KNOWN: Mapping[str, Any] = {
    "code": None, "seconds": 0.0, "peak": 0, "memory_kills": 0, "fork_refusals": 0, "left": 0, "clean": False
}  # fmt: skip


class Order(NamedTuple):
    """What is started inside, and with which variables."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]


class DockerJob(SupervisedJob):
    """`contracts.sandbox.Job`. The pipes go straight from the command to us; the supervisor holds no end."""

    def __init__(
        self,
        container: Container,
        command: Command,
        order: Order,
        on_output: OnOutput | None,
        after: Callable[[bool], None],
        disk: DiskWatch | None = None,
    ) -> None:
        """`after` is told, once, whether the container can be used again."""
        output, sink = pipe()
        try:
            super().__init__(command.environment.limits, OutputPump(output, command.log, on_output))
        except BaseException:
            os.close(sink)
            raise
        self._theirs = [sink]
        self._container = container
        self._connection = container.connection
        self._command = command
        self._order = order
        self._after = after
        self._disk = disk
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._report: dict[str, Any] | None = None
        """What the supervisor said of the end; None: nothing, because it was gone."""

    async def begin(self) -> None:
        """EOFError if the container is gone: nothing was started then."""
        try:
            if self._command.channel:
                await self._open_channel()
            self._send_order()
            self._loop.add_reader(self._connection.fileno(), self._on_message)
            self._pump.begin()
            async with asyncio.timeout(START_SECONDS):
                await asyncio.shield(self._started)
        except BaseException as error:
            self.kill_now()
            self.close()
            if isinstance(error, OSError | TimeoutError):
                raise EOFError("the sandbox's container does not answer") from error
            raise
        self._began = self._loop.time()
        self._pump.touch()
        self._task = self._loop.create_task(self._supervise())

    async def _open_channel(self) -> None:
        from_us, to_command = pipe()
        from_command, to_us = pipe()
        self._theirs[:0] = [from_us, to_us]
        stdin, stdout = os.fdopen(to_command, "wb", 0), os.fdopen(from_command, "rb", 0)
        try:
            self._channel = await PipeChannel.open(stdin, stdout, self._pump.touch)
        except BaseException:
            stdin.close()
            stdout.close()
            raise

    def _send_order(self) -> None:
        sizes = [each for each in (self._limits.file_bytes, self._limits.disk_bytes) if each is not None]
        order = {
            "argv": list(self._order.argv),
            "variables": dict(self._order.variables),
            "folder": str(WORKSPACE),
            "channel": self._command.channel,
            "memory": self._limits.memory_bytes,
            "file": min(sizes, default=None),
        }
        try:
            self._connection.send(order, self._theirs)
        finally:
            for each in self._theirs:
                os.close(each)
            self._theirs = []

    def _on_message(self) -> None:
        try:
            for message in self._connection.arrived():
                self._take(message)
        except EOFError:
            self._gone()

    def _take(self, message: dict[str, Any]) -> None:
        if "started" in message and not self._started.done():
            self._started.set_result(None)
        if "ended" in message and not self._ended.done():
            self._report = message["ended"]
            self._ended.set_result(None)

    def _gone(self) -> None:
        self._loop.remove_reader(self._connection.fileno())
        if not self._started.done():
            self._started.set_exception(EOFError("the sandbox's container is gone"))
        if not self._ended.done():
            self._ended.set_result(None)

    async def _supervise(self) -> CommandResult:
        try:
            await self._watch()
            if not self._ended.done():
                self._say("terminate")
                await asyncio.wait({self._ended}, timeout=DEATH_SECONDS)
            seconds = self._loop.time() - self._began
        except asyncio.CancelledError:
            # The loop itself is shutting down: there is no later moment.
            self.kill_now()
            raise
        finally:
            self.close()
        if self._pump.problem:
            raise self._pump.problem
        return self._result(seconds)

    async def _watch(self) -> None:
        """Until it has ended, somebody asks for its end, or it is over a limit of time."""
        while not self._ended.done():
            due = [moment - self._loop.time() for moment in self._deadlines().values()]
            due += [LOOK_SECONDS] if self._disk else []
            await asyncio.wait(
                {self._ended, self._asked},
                timeout=max(0.0, min(due)) if due else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self._ended.done():
                return
            self._end = self._end or self._late()
            if self._disk and self._disk.over(self._pids):
                self._end = self._end or "disk"
            if self._end:
                return

    def _pids(self) -> list[int]:
        """As far as they can be seen from here."""
        return list(descend(self._container.process)) if self._container.process else []

    def _say(self, order: str) -> None:
        with contextlib.suppress(OSError):
            self._connection.send({"order": order})

    def kill_now(self) -> None:
        """At once and without the event loop."""
        if self._ended.done():
            return
        self._say("kill")
        try:
            self._report = self._connection.wait_for("ended", DEATH_SECONDS)
        except (EOFError, OSError):
            self._container.remove()

    def close(self) -> None:
        """Each of these, even if one before it fails; the container goes last."""
        with contextlib.ExitStack() as closing:
            report = self._report
            closing.callback(self._after, bool(report and report["clean"]))
            if self._channel:
                closing.callback(self._channel.close)
            for each in self._theirs:
                closing.callback(os.close, each)
            self._theirs = []
            closing.callback(self._pump.end)
            if self._connection.fileno() >= 0:
                closing.callback(self._loop.remove_reader, self._connection.fileno())

    def _result(self, seconds: float) -> CommandResult:
        report = self._report or NOTHING_KNOWN
        end: End | None = self._end or ("memory" if report["memory_kills"] else None)
        lines = notes(end, self._limits, report["left"], report["fork_refusals"])
        if self._report is None:
            lines.append("[agentkit: the sandbox's container ended with all that ran in it]")
        return CommandResult(
            status=status_of(end, report["code"]),
            exit_code=report["code"],
            output="\n".join([self._pump.cut.finish(), *lines]),
            truncated_from=self._pump.cut.truncated_from,
            seconds=seconds,
            cpu_seconds=report["seconds"],
            peak_memory_bytes=report["peak"],
        )


def pipe() -> tuple[int, int]:
    """Its ends; whoever holds one may open it again by `/dev/stdout`, which goes by permissions."""
    ends = os.pipe()
    os.fchmod(ends[0], 0o666)
    return ends
