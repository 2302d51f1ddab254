"""Supervisor: the process above one job. `python -m agentkit.sandboxes.jobs.supervisor FOLDER`

It waits for the GPUs, starts the command in its sandbox, holds its deadline and writes down how it ended.
It belongs to nobody: agentkit may be killed, or the terminal closed, and it goes on. SIGTERM stops the job.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult, Job
from agentkit.errors import AgentkitError
from agentkit.sandboxes.gpus.devices import is_fake
from agentkit.sandboxes.gpus.holder import Holder, this_process
from agentkit.sandboxes.jobs.folder import Began, JobFolder, JobSpec, Problem, Report
from agentkit.sandboxes.jobs.opening import open_sandbox

DONE, NOT_MINE = 0, 3
"""Exit codes; the second: there is nothing to run here, or another supervisor runs it."""


def main(folder: Path) -> int:
    # Handlers, because what is ignored stays ignored in every program that is started.
    signal.signal(signal.SIGHUP, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    early: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: early.append(number))
    os.chdir("/")
    place = JobFolder(folder)
    lock = place.lock()
    if lock is None:
        return NOT_MINE
    spec = place.spec
    if spec is None or place.supervisor is not None:
        return NOT_MINE
    holder = this_process(spec.run, spec.name, spec.marker)
    place.write(holder)
    asyncio.run(Supervisor(place, spec, holder).run(early))
    return DONE


class Supervisor:
    """One job from its queue to its report."""

    def __init__(self, place: JobFolder, spec: JobSpec, holder: Holder) -> None:
        self._place = place
        self._spec = spec
        self._holder = holder
        self._task: asyncio.Task[CommandResult] | None = None
        self._job: Job | None = None
        self._stopping = False
        self._gpu_seconds = 0.0
        self._queued_seconds = 0.0

    async def run(self, early: list[int]) -> None:
        """Returns when the report is on disk. `early`: signals that came before this could hear them."""
        self._task = asyncio.create_task(self._carry_out())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        if early:
            self._stop()
        report = Report()
        try:
            report = Report(result=await self._task)
        except asyncio.CancelledError:
            report = Report(result=never_started())
        except AgentkitError as error:
            report = Report(problem=Problem.of(error))
        except Exception as error:  # noqa: BLE001 - the one who waits must hear of it, whatever it is
            traceback.print_exc()
            reason = f"The supervisor of the job {self._spec.name} failed: {type(error).__name__}: {error}"
            report = Report(problem=Problem(kind="AgentkitError", message=reason))
        figures = {"gpu_seconds": self._gpu_seconds, "queued_seconds": self._queued_seconds}
        self._place.write(report.model_copy(update=figures))

    def _stop(self) -> None:
        if not self._stopping and self._task:
            self._stopping = True
            self._task.cancel()

    async def _carry_out(self) -> CommandResult:
        sandbox = open_sandbox(self._spec.sandbox)
        try:
            async with self._gpus() as devices:
                command = prepared(self._spec, devices)
                self._place.write(
                    Began(time=time.time(), queued_seconds=self._queued_seconds, devices=devices)
                )
                job = await sandbox.start(command)
                try:
                    return await job.wait()
                except asyncio.CancelledError:
                    return await job.stop()
        finally:
            await sandbox.close()

    @contextlib.asynccontextmanager
    async def _gpus(self) -> AsyncIterator[tuple[str, ...]]:
        """The devices are held until the last process of the job is gone."""
        wanted = self._spec.gpus
        if not wanted.count:
            yield ()
            return
        from agentkit.sandboxes.gpus.broker import open_broker

        began = time.monotonic()
        async with open_broker().lease(
            wanted.count, exclusive=wanted.exclusive, holder=self._holder
        ) as lease:
            self._queued_seconds = time.monotonic() - began
            try:
                yield lease.devices
            finally:
                held = time.monotonic() - began - self._queued_seconds
                self._gpu_seconds = held * len(lease.devices)


def prepared(spec: JobSpec, devices: tuple[str, ...]) -> Command:
    """The command with its devices, its mark and the shorter of both limits."""
    environment = spec.command.environment
    name, _, value = spec.marker.partition("=")
    variables = {**environment.variables, name: value}
    if devices:
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(devices)
    bounds = [each for each in (environment.limits.seconds, spec.seconds) if each is not None]
    limits = environment.limits.model_copy(update={"seconds": min(bounds, default=None)})
    # A stand-in sets the variable and no more: there is no device to pass in.
    real = tuple(each for each in devices if not is_fake(each))
    changed = {"variables": variables, "limits": limits, "gpus": real or environment.gpus}
    return spec.command.model_copy(update={"environment": environment.model_copy(update=changed)})


def never_started() -> CommandResult:
    """Stopped while it waited for its GPUs."""
    return CommandResult(status="stopped", exit_code=None, output="", seconds=0.0, cpu_seconds=0.0)


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stderr.flush()
    # Somebody waits for this exit; taking the interpreter down in good order is a tenth of our time.
    os._exit(code)
