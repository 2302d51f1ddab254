"""Starting a supervisor: detached, without our terminal, our pipes and our keys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from agentkit.errors import AgentkitError
from agentkit.journal.redaction import secrets_in
from agentkit.sandboxes.jobs.folder import JobFolder
from agentkit.sandboxes.jobs.following import last_lines
from agentkit.sandboxes.jobs.supervisor import DONE, NOT_MINE

HOME = Path(__file__).parents[3]
"""The folder with this agentkit in it."""
LOOK_SECONDS = 0.01
READY_SECONDS = 120.0
"""For Python to start, on a machine that has a lot to do."""


async def launch(place: JobFolder) -> bool:
    """Returns once a supervisor has the job: True for the one started here, False for another one.

    Two may be started where the process that asked was killed in between; one of them finds the lock taken.
    Raises AgentkitError with its own words if it could not start.
    """
    with place.supervisor_log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "agentkit.sandboxes.jobs.supervisor", str(place.path)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=surroundings(os.environ),
            start_new_session=True,
        )
    try:
        return await begun(place, process) == process.pid
    finally:
        # Popen is not to wait for it at its own end; `reap` takes the exit code.
        process.returncode = process.returncode or 0


async def begun(place: JobFolder, process: subprocess.Popen[bytes]) -> int:
    """The number of the supervisor that has the job."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() in (None, DONE, NOT_MINE):
        supervisor = place.supervisor
        if supervisor is not None:
            return supervisor.pid
        await asyncio.sleep(LOOK_SECONDS)
    words = last_lines(place.supervisor_log, 10).decode("utf-8", errors="replace")
    raise AgentkitError(f"The supervisor of a job did not start in {place.path}.", *words.splitlines())


def reap(pid: int) -> None:
    """Of a supervisor that was started here; it has ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """What a supervisor inherits: no secrets, and the place where this agentkit is."""
    secrets = secrets_in(environ)
    kept = {name: value for name, value in environ.items() if name not in secrets}
    paths = [str(HOME), *filter(None, [environ.get("PYTHONPATH")])]
    # Looking for pydantic's plugins is a tenth of the start.
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYDANTIC_DISABLE_PLUGINS": "__all__"}
