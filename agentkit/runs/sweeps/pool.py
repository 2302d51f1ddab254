"""Pool: the engine `local`, a process of its own for every run on this machine.

Runs that evaluate on GPUs share them by leases, so more workers than GPUs is no mistake: while one's model
thinks, another's training runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit.errors import RunProblem
from agentkit.runs.sweeps.file import Source
from agentkit.runs.sweeps.tries import Entry, read_entries, write_entry
from agentkit.runs.sweeps.worker import LIFELINE
from agentkit.sandboxes.gpus.devices import find_devices

STOP_SECONDS = 60.0
"""For a worker to stop its commands and close its journal."""
LOOK_SECONDS = 0.05
LOG = "worker.log"


class Pool:
    """Implements contracts.sweep.Engine."""

    name = "local"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._cells: dict[str, Path] = {}

    def start(self, cells: Sequence[Path]) -> None:
        for cell in cells:
            self._processes[cell.name] = self._begin(cell)
            self._cells[cell.name] = cell

    def _begin(self, cell: Path) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C reaches it through us, once. Our end of its standard input
        closes when we die, however we die. -P: our working directory holds no modules, as for `agentkit`."""
        try:
            with (cell / LOG).open("ab") as log:
                return subprocess.Popen(
                    [sys.executable, "-P", "-m", "agentkit.runs.sweeps.worker", LIFELINE, str(cell)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise RunProblem(
                f"No worker can be begun in {cell}: {error.strerror}.",
                "Next: make room; the same command then goes on where it was",
            ) from error

    def working(self) -> frozenset[str]:
        for name, process in list(self._processes.items()):
            if process.poll() is not None:
                note_death(self._cells[name], process.returncode)
                self._forget(name)
        return frozenset(self._processes)

    def room(self) -> int:
        return self.workers - len(self.working())

    def stop(self) -> None:
        """They have their time to stop cleanly. Interrupted once more, they are killed at once."""
        try:
            for process in self._processes.values():
                process.send_signal(signal.SIGTERM)
            end = time.monotonic() + STOP_SECONDS
            while self.working() and time.monotonic() < end:
                time.sleep(LOOK_SECONDS)
        finally:
            for process in self._processes.values():
                process.kill()
            for name, process in list(self._processes.items()):
                process.wait()
                self._forget(name)

    def _forget(self, name: str) -> None:
        process = self._processes.pop(name)
        if process.stdin is not None:
            process.stdin.close()


def note_death(cell: Path, code: int) -> None:
    """Of a worker that had no time to say a word: by which signal, as the kernel kills for memory."""
    last = next(reversed(read_entries(cell)), None)
    if code < 0 and last is not None and last.kind == "began":
        reason = f"its worker was killed ({signal.Signals(-code).name})"
        with contextlib.suppress(OSError):  # on a full disk; then nobody says why
            write_entry(cell, Entry(kind="ended", how="lost", reason=reason, run=last.run))


def usual_workers() -> tuple[int, str]:
    """How many at once where nobody says, and why."""
    gpus = len(find_devices())
    if gpus:
        return gpus, "one a GPU"
    cores = len(os.sched_getaffinity(0))
    return max(1, cores // 2), "half the processors"


def open_pool(told: Mapping[str, Any], source: Source) -> Pool:
    """`told`: the table [engine.local], which knows `workers` alone. Raises BadFile."""
    for name in told:
        if name != "workers":
            raise source.mistake(("engine", "local", name), "the key workers", f"'{name}'")
    workers = told.get("workers")
    if workers is None:
        return Pool(usual_workers()[0])
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise source.mistake(("engine", "local", "workers"), "a whole number from 1", repr(workers))
    return Pool(workers)
