"""Jobs: long commands that outlive the process which started them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Command, CommandResult, OnOutput

MakeCommand = Callable[[Path], Command]
"""Lays out what the command needs in the empty folder it is given, and says how to start it.

Not called where the job was begun before: what it learnt on the way, it leaves in that folder.
"""


class GpuRequest(Record):
    """What a job needs of the host's GPUs. The time it waits for them is nobody's working time."""

    count: int = 0
    exclusive: bool = True
    """For what is timed; else several jobs may share a device."""


NO_GPUS = GpuRequest()


@dataclass(frozen=True)
class FinishedJob:
    """How a job ended. Its folder is there until whoever asked has kept what it needs."""

    folder: Path
    command: Command
    """As it was started, by whichever process."""
    result: CommandResult
    gpu_seconds: float = 0.0
    """Wall seconds that it held devices, times devices."""
    queued_seconds: float = 0.0
    """Wall seconds that it waited for them."""
    lost: int = 0
    """How often it was begun before and lost: its supervisor was killed, or the machine restarted."""


class Jobs(Protocol):
    """The jobs of one piece of work. A name stands for one job, in this process and in one that resumes."""

    async def run(
        self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS, on_output: OnOutput | None = None
    ) -> FinishedJob:
        """Start it, or find it again, and wait for its end; begun again if it was lost.

        A caller's cancellation stops it. If the caller's process dies, it runs on.
        """

    async def start(self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS) -> None:
        """Start it, unless it was started before."""

    async def wait(self, name: str, seconds: float | None = None) -> FinishedJob | None:
        """Until it has ended; None: it runs on after `seconds`. RunFailed if it was lost."""

    def tail(self, name: str, lines: int = 20) -> str:
        """The last lines of its output so far, as text without control codes."""

    async def stop(self, name: str) -> FinishedJob:
        """End it now, with all that it started. One that has ended keeps its own exit code."""
