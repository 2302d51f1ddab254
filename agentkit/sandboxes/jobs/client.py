"""Durable jobs, seen by who wants them: started once, found again by a process that resumes.

All that is known of a job is in its folder. So a process that was killed at any moment leaves nothing that
the next one could not go on with: a folder without a spec is made anew, a spec without a supervisor gets
one, a supervisor that lives is waited for, one that has written its report is read, and one that died
without a report has lost its job, which then begins again.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.jobs import NO_GPUS, FinishedJob, GpuRequest, MakeCommand
from agentkit.contracts.sandbox import OnOutput, Sandbox
from agentkit.errors import RunFailed, UsageError
from agentkit.sandboxes.jobs.ending import estimate_gpu_seconds, lose, stop_supervisor, why_lost
from agentkit.sandboxes.jobs.folder import JobFolder, JobSpec, tries
from agentkit.sandboxes.jobs.following import LogFollower, ended, is_alive, last_lines
from agentkit.sandboxes.jobs.launching import launch, reap
from agentkit.sandboxes.output import clean
from agentkit.sandboxes.remove import discard

MARKER = "AGENTKIT_JOB"
MOST_TRIES = 3
"""A job that was lost so often is not the machine's bad luck any more."""
POLL_SECONDS = 0.2
"""Between two looks at a log that somebody listens to, or at a queue."""

Record = Callable[..., Awaitable[object]]
"""Keeps an event: its kind, and its data as keywords."""


async def unrecorded(*_: object, **__: object) -> None:
    """For jobs of no run."""


@dataclass(frozen=True)
class FolderJobs:
    """`contracts.jobs.Jobs` below one folder, which nobody else uses meanwhile."""

    folder: Path
    sandbox: Sandbox
    digest: str = ""
    """Of what the jobs' files come from. A job that was begun with another one is begun anew."""
    run_name: str = ""
    seconds: float | None = None
    """The longest that a command may take, whatever its own limit."""
    record: Record = unrecorded
    on_queue: Callable[[float], None] = lambda _: None
    """Told wall seconds that a job has just waited for GPUs, while it does."""

    async def run(
        self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS, on_output: OnOutput | None = None
    ) -> FinishedJob:
        try:
            while True:
                place = await self._ensure(name, make, gpus)
                await self._until_ended(place, None, on_output)
                done = await self._finished(place) if place.report else None
                if done is not None and done.result.status != "stopped":
                    return done
                # A report says so after a shutdown, or of a caller who was killed while it stopped the job.
                await self._lose(place)
        except (asyncio.CancelledError, Exception):
            await self.remove(name)
            raise

    async def start(self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS) -> None:
        await self._ensure(name, make, gpus)

    async def wait(self, name: str, seconds: float | None = None) -> FinishedJob | None:
        place = self._known(name)
        if not await self._until_ended(place, seconds, None):
            return None
        return await self._finished(place)

    def tail(self, name: str, lines: int = 20) -> str:
        place = self._known(name)
        return clean(last_lines(log_of(place), lines))

    async def stop(self, name: str) -> FinishedJob:
        place = self._known(name)
        await stop_supervisor(place)
        return await self._finished(place)

    async def remove(self, name: str) -> None:
        """Stop it, if it runs, and forget all of its tries."""
        for place in tries(self.folder / name):
            if place.lost is None and place.report is None:
                await stop_supervisor(place)
                await self._record_end(place)
            place.remove()
        discard(self.folder / name)

    async def remove_all(self) -> None:
        """For who has kept what came of them."""
        for name in self._names():
            await self.remove(name)
        discard(self.folder)

    async def remove_running(self) -> None:
        """What has ended is kept for a process that resumes."""
        for name in self._names():
            if tries(self.folder / name)[-1:] and tries(self.folder / name)[-1].report is None:
                await self.remove(name)

    async def remove_older(self, seconds: float) -> None:
        """What ended longer ago: the machine may have been another one then."""
        for name in self._names():
            reports = [each.path / "result.json" for each in tries(self.folder / name)]
            if any(path.exists() and time.time() - path.stat().st_mtime > seconds for path in reports):
                await self.remove(name)

    # ---- one job ----

    def _names(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.is_dir() else []

    def _known(self, name: str) -> JobFolder:
        found = tries(self.folder / name)
        if not found or found[-1].supervisor is None:
            raise UsageError(f"There is no job '{name}'.", "Next: start it")
        return found[-1]

    async def _ensure(self, name: str, make: MakeCommand, gpus: GpuRequest) -> JobFolder:
        """The job's last try, running or ended; begun if there is none."""
        found = tries(self.folder / name)
        spec = found[-1].spec if found else None
        if spec is not None and spec.digest != self.digest:
            await self.remove(name)
            found, spec = [], None
        place = found[-1] if found else JobFolder(self.folder / name / "1")
        if spec is not None and place.supervisor is not None:
            if place.lost is None and (is_alive(place.supervisor) or place.report is not None):
                await self._record_start(place, attached=True)
                return place
            place = await self._begin_again(place)
            spec = None
        if spec is None:
            self._lay_out(place, name, make, gpus)
        await self._record_start(place, attached=not await launch(place))
        return place

    async def _begin_again(self, place: JobFolder) -> JobFolder:
        """The next try, once nothing is left of this one."""
        if place.lost is None:
            await self._lose(place)
        if place.number >= MOST_TRIES:
            said = last_lines(place.supervisor_log, 5).decode("utf-8", errors="replace")
            raise RunFailed(
                f"The job {self._full_name(place)} was begun {place.number} times and lost each time.",
                f"The last time: {place.lost.reason if place.lost else 'unknown'}",
                *said.splitlines(),
                "Next: see whether the machine runs out of memory (dmesg), then resume",
            )
        return place.next

    async def _lose(self, place: JobFolder) -> None:
        lost = await lose(place)
        await self._record_end(place)
        text = f"The job {self._full_name(place)} was lost: {lost.reason}. It begins again."
        await self.record("note", text=text)

    def _lay_out(self, place: JobFolder, name: str, make: MakeCommand, gpus: GpuRequest) -> None:
        place.clear()
        command = make(place.files)
        if command.channel:
            raise UsageError("A job has no channel: nobody could take it up again.")
        if command.log is None:
            command = command.model_copy(update={"log": place.path / "output.log"})
        assert command.log is not None
        # Of an earlier try; whoever listens would take it for this one's.
        command.log.unlink(missing_ok=True)
        place.write(
            JobSpec(
                name=f"{self.folder.name}/{name}",
                digest=self.digest,
                run=self.run_name,
                command=command,
                sandbox=self.sandbox.name,
                gpus=gpus,
                seconds=self.seconds,
                marker=f"{MARKER}={uuid.uuid4().hex}",
            )
        )

    async def _until_ended(self, place: JobFolder, seconds: float | None, on_output: OnOutput | None) -> bool:
        """Whether it has ended within `seconds`."""
        supervisor, spec = place.supervisor, place.spec
        assert supervisor is not None and spec is not None
        began = time.monotonic()
        follower = LogFollower(log_of(place), on_output)
        with ended(supervisor) as gone:
            while not gone.done():
                queued = spec.gpus.count > 0 and place.began is None
                pause = POLL_SECONDS if on_output or queued else None
                if seconds is not None:
                    left = began + seconds - time.monotonic()
                    if left <= 0:
                        return False
                    pause = min(left, pause or left)
                looked = time.monotonic()
                await asyncio.wait({gone}, timeout=pause)
                follower.feed()
                if queued:
                    self.on_queue(time.monotonic() - looked)
        reap(supervisor.pid)
        follower.feed()
        return True

    async def _finished(self, place: JobFolder) -> FinishedJob:
        spec, report = place.spec, place.report
        assert spec is not None
        if report is None:
            raise RunFailed(f"The job {self._full_name(place)} was lost: {why_lost(place)}.")
        await self._record_end(place)
        if report.problem is not None:
            raise report.problem.error()
        assert report.result is not None
        return FinishedJob(
            folder=place.files,
            command=spec.command,
            result=report.result,
            gpu_seconds=report.gpu_seconds,
            queued_seconds=report.queued_seconds,
            lost=place.number - 1,
        )

    # ---- the record ----

    def _full_name(self, place: JobFolder) -> str:
        return f"{self.folder.name}/{place.path.parent.name}"

    async def _record_start(self, place: JobFolder, *, attached: bool) -> None:
        supervisor = place.supervisor
        assert supervisor is not None
        await self.record(
            "job",
            job=self._full_name(place),
            number=place.number,
            pid=supervisor.pid,
            started=supervisor.started,
            place=supervisor.place,
            sandbox=self.sandbox.name,
            attached=attached,
        )

    async def _record_end(self, place: JobFolder) -> None:
        """Of a lost job what it has cost at most: its end was seen by nobody."""
        supervisor, report = place.supervisor, place.report
        if supervisor is None:
            return
        result = report.result if report else None
        await self.record(
            "job_ended",
            job=self._full_name(place),
            number=place.number,
            pid=supervisor.pid,
            started=supervisor.started,
            place=supervisor.place,
            status=result.status if result else "failed" if report else "lost",
            exit=result.exit_code if result else None,
            seconds=result.seconds if result else 0.0,
            gpu_seconds=estimate_gpu_seconds(place),
            queued_seconds=report.queued_seconds if report else 0.0,
        )


def log_of(place: JobFolder) -> Path:
    """Where its output goes."""
    spec = place.spec
    assert spec is not None and spec.command.log is not None
    return spec.command.log
