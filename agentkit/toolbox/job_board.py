"""Job board: the background jobs of one attempt as this process knows them, and who watches them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.contracts.jobs import FinishedJob, Jobs
from agentkit.contracts.tool import ToolContext
from agentkit.errors import AgentkitError
from agentkit.source.paths import Refused
from agentkit.toolbox.job_record import ALL, JobRecord, job_log, read_record, records
from agentkit.toolbox.rivalry import LOOKS, dominated
from agentkit.toolbox.training_log import TrainingLog

LOOK_SECONDS = 1.0
"""Between two looks at a job's log."""


@dataclass
class Seen:
    """A job's log as far as it was read."""

    log: TrainingLog = field(default_factory=TrainingLog)
    offset: int = 0
    watched: bool = False
    """Since it was started, so that it is known when its lines came."""
    began: float | None = None
    """When its first output was seen, by the monotonic clock: it may have waited for GPUs before."""


@dataclass
class Board:
    """One for a context; `of` finds it."""

    context: ToolContext
    jobs: Jobs
    read: dict[str, Seen] = field(default_factory=dict)
    dominated_at: dict[str, list[float]] = field(default_factory=dict)
    """By job: the steps of looks in a row at which it was dominated."""
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @staticmethod
    def of(context: ToolContext) -> Board:
        if context.jobs is None:
            raise Refused("There are no background jobs here; use shell.")
        board: Board = context.state.setdefault("job", Board(context, context.jobs))
        return board

    async def log(self, name: str, *, ended: bool = False) -> TrainingLog:
        """As it is now; what was read before is not read again."""
        async with self._reading:
            seen = self.read.setdefault(name, Seen())
            await asyncio.to_thread(feed, seen, job_log(self.context.logs, name))
            if ended:
                seen.log.finish()
        return seen.log

    def watch(self, record: JobRecord) -> None:
        """From its start to its end, or to that of the context."""
        self.read[record.name] = Seen(watched=True)
        task = asyncio.create_task(self._watched(record))
        self.context.at_end.append(lambda: cancelled(task))

    async def wait(self, record: JobRecord, seconds: float) -> FinishedJob | None:
        """Until it has ended, or for so long; stopped meanwhile where it is dominated."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            done = await self.jobs.wait(record.name, min(left, LOOK_SECONDS) if record.rival else left)
            if done is not None:
                return done
            await self.stop_if_dominated(record)
        return await self.jobs.wait(record.name, 0.0)

    async def stop_if_dominated(self, record: JobRecord) -> None:
        """Stops it once it was dominated at several later and later looks."""
        mine = await self.log(record.name)
        if not record.rival:
            return
        rivals = [(name, await self.log(name)) for name in self.rivals_of(record)]
        why = dominated(mine, rivals, record.margin)
        place = float(mine.lines) if mine.step is None else mine.step
        steps = self.dominated_at.setdefault(record.name, [])
        if why is None:
            steps.clear()
        elif not steps or place > steps[-1]:
            steps.append(place)
        if why is not None and len(steps) >= LOOKS and not record.stopped:
            record.model_copy(update={"stopped": why}).write(self.context.logs)
            await self.jobs.stop(record.name)

    def rivals_of(self, record: JobRecord) -> list[str]:
        """Those started before it, of all the ones that no rule has stopped."""
        if record.rival != ALL:
            return [record.rival]
        others = (each for each in records(self.context.logs) if each.name != record.name)
        return [each.name for each in others if each.began < record.began and not each.stopped]

    async def _watched(self, record: JobRecord) -> None:
        """Looks while the model does something else. What goes wrong is found again by who waits."""
        with contextlib.suppress(AgentkitError, Refused):
            while await self.jobs.wait(record.name, LOOK_SECONDS) is None:
                await self.stop_if_dominated(record)
            await self.log(record.name)


def feed(seen: Seen, path: Path) -> None:
    """What was written since it was last read."""
    try:
        with path.open("rb") as file:
            file.seek(seen.offset)
            while piece := file.read(1 << 18):
                if seen.watched and seen.began is None:
                    seen.began = time.monotonic()
                seen.log.feed(piece, None if seen.began is None else time.monotonic() - seen.began)
            seen.offset = file.tell()
    except FileNotFoundError:
        return


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def require_rival(record: JobRecord, logs: Path) -> None:
    """Refused for one that is not there; with ALL there may be none yet."""
    if record.rival not in ("", ALL):
        read_record(logs, record.rival)
