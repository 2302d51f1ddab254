"""Attempt jobs: what an agent runs beside itself, within the run's caps, and gone with its stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from agentkit.contracts.jobs import NO_GPUS, FinishedJob, GpuRequest, MakeCommand
from agentkit.contracts.sandbox import OnOutput
from agentkit.errors import BudgetSpent
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.jobs.folder import tries
from agentkit.search.context import RunContext
from agentkit.search.spending import check_time, seconds_left
from agentkit.toolbox.command import ATTACHED


@dataclass(frozen=True)
class AttemptJobs:
    """`contracts.jobs.Jobs` of one attempt's agent."""

    run_context: RunContext
    jobs: FolderJobs

    async def run(
        self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS, on_output: OnOutput | None = None
    ) -> FinishedJob:
        done = await self._within_caps(gpus).run(name, make, gpus=gpus, on_output=on_output)
        await self.jobs.remove(name)
        return done

    async def start(self, name: str, make: MakeCommand, *, gpus: GpuRequest = NO_GPUS) -> None:
        await self._within_caps(gpus).start(name, make, gpus=gpus)

    async def wait(self, name: str, seconds: float | None = None) -> FinishedJob | None:
        return await self.jobs.wait(name, seconds)

    def tail(self, name: str, lines: int = 20) -> str:
        return self.jobs.tail(name, lines)

    async def stop(self, name: str) -> FinishedJob:
        return await self.jobs.stop(name)

    async def remove_attached(self) -> None:
        """Those of a process that was killed, which work in the workspace itself: it is about to be reset."""
        for place in self._places():
            if place.name.startswith(ATTACHED):
                await self.jobs.remove(place.name)

    async def remove_all(self) -> None:
        """Their logs stay."""
        await self.jobs.remove_all()

    def _places(self) -> list[Path]:
        return sorted(self.jobs.folder.iterdir()) if self.jobs.folder.is_dir() else []

    def _within_caps(self, gpus: GpuRequest) -> FolderJobs:
        """Raises BudgetSpent where a cap is reached; a job ends before it could pass one."""
        run = self.run_context
        bounds = [60.0 * run.budget.attempt_minutes]
        left = seconds_left(run)
        if gpus.count:
            check_time(run)
            cap, used = run.budget.gpu_seconds, run.journal.state.ledger.committed.gpu_seconds
            if cap is not None:
                spare = cap - used - self._reserved()
                if spare <= 0:
                    raise BudgetSpent(f"Jobs under way may use all that is left of {cap:g} GPU-seconds.")
                bounds.append(spare / gpus.count)
        if left is not None:
            bounds.append(left)
        return replace(self.jobs, seconds=max(1.0, min(bounds)))

    def _reserved(self) -> float:
        """GPU-seconds that jobs of this run's agents, now under way, may use at most."""
        found = 0.0
        for folder in self.jobs.folder.parent.glob(f"*{AGENT}/*"):
            for place in tries(folder)[-1:]:
                spec = place.spec
                if spec is not None and spec.gpus.count and place.report is None and place.lost is None:
                    bounds = (spec.seconds, spec.command.environment.limits.seconds)
                    found += spec.gpus.count * min(each for each in bounds if each is not None)
        return found


AGENT = "-agent"
"""Ends the name of a folder of such jobs; the others are evaluations'."""


def open_jobs(run: RunContext, attempt: str) -> AttemptJobs:
    """Found again by a process that resumes."""

    async def record(kind: str, **data: object) -> None:
        await run.journal.record(kind, attempt, **data)

    folder = run.folder / "jobs" / f"{attempt}{AGENT}"
    return AttemptJobs(run, FolderJobs(folder, run.sandbox, run_name=run.folder.name, record=record))
