"""Ending a job from outside, and what it may have cost where nobody saw its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time

from agentkit.errors import RunProblem
from agentkit.sandboxes.gpus.holder import this_place
from agentkit.sandboxes.gpus.leftovers import end_processes
from agentkit.sandboxes.jobs.folder import JobFolder, Lost
from agentkit.sandboxes.jobs.following import ended, open_handle
from agentkit.sandboxes.jobs.launching import LOOK_SECONDS, reap

STOP_SECONDS = 60.0
"""For a supervisor to end its command and write its report."""


async def stop_supervisor(place: JobFolder) -> None:
    """Returns when neither it nor anything of the job runs. One that has not begun never will."""
    while place.spec is not None and (supervisor := place.supervisor) is None:
        # Under the lock no supervisor can begin; without it, one is about to write down who it is.
        lock = place.lock()
        if lock is not None:
            (place.path / "spec.json").unlink(missing_ok=True)
            os.close(lock)
            return
        await asyncio.sleep(LOOK_SECONDS)
    if place.spec is None or supervisor is None or place.report is not None:
        return
    with ended(supervisor) as gone:
        for number in (signal.SIGTERM, signal.SIGKILL):
            handle = open_handle(supervisor)
            if handle is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)
                os.close(handle)
            await asyncio.wait({gone}, timeout=STOP_SECONDS)
    reap(supervisor.pid)
    if place.report is None:
        await end_processes(supervisor)


async def lose(place: JobFolder) -> Lost:
    """Of a try without a usable report: nothing of it runs any more, and its files are gone.

    Raises RunProblem where its supervisor seems to live on out of sight.
    """
    supervisor = place.supervisor
    assert supervisor is not None
    lock = place.lock()
    if lock is None:
        raise RunProblem(
            f"The job in {place.path} is still run by a supervisor that cannot be seen from here.",
            f"It was started as process {supervisor.pid} in another container.",
            "Next: wait until it has ended, or end it there; then resume",
        )
    os.close(lock)
    await end_processes(supervisor)
    lost = Lost(reason=why_lost(place), gpu_seconds=estimate_gpu_seconds(place))
    place.lose(lost)
    return lost


def why_lost(place: JobFolder) -> str:
    if place.report is not None:
        return "it was stopped from outside"
    here = place.supervisor is not None and place.supervisor.place == this_place()
    return "its supervisor was killed" if here else "the machine or container was restarted"


def estimate_gpu_seconds(place: JobFolder) -> float:
    """At most: from its beginning until now, or for as long as it was allowed to run."""
    report, began, spec = place.report, place.began, place.spec
    if report is not None:
        return report.gpu_seconds
    if began is None or spec is None or not began.devices:
        return 0.0
    bounds = [time.time() - began.time]
    bounds += [each for each in (spec.seconds, spec.command.environment.limits.seconds) if each is not None]
    return max(0.0, min(bounds)) * len(began.devices)
