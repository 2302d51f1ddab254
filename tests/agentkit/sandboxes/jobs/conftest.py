"""Jobs that count how often they were begun, and processes that ask for them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Command, Environment, Limits, Mount, Sandbox
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.jobs.folder import JobFolder, tries
from agentkit.sandboxes.jobs.following import is_alive
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.process_tree import carries, everything

SCRIPT = """
import os, sys, time
with open(os.environ["COUNTER"], "a") as file:
    file.write("begin\\n")
print("first line", flush=True)
time.sleep(float(sys.argv[1]))
with open("answer", "w") as file:
    file.write("42")
print("last line", flush=True)
sys.exit(int(sys.argv[2]))
"""


@dataclass
class Workshop:
    """One place for jobs. Each call of `jobs` is as another process would see them."""

    place: Path
    recorded: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    laid_out: int = 0

    def jobs(self, sandbox: Sandbox | None = None, **changes: Any) -> FolderJobs:
        values: dict[str, Any] = {"record": self.record, "run_name": "a-run", **changes}
        return FolderJobs(self.place / "jobs" / "a1-3", sandbox or LocalSandbox(), **values)

    async def record(self, kind: str, **data: Any) -> None:
        self.recorded.append((kind, data))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.recorded]

    def notes(self) -> list[str]:
        return [data["text"] for kind, data in self.recorded if kind == "note"]

    def make(
        self, seconds: float = 0.0, code: int = 0, script: str = SCRIPT, limit: float = 120.0
    ) -> Callable[[Path], Command]:
        def lay_out(folder: Path) -> Command:
            self.laid_out += 1
            work = folder / "work"
            work.mkdir()
            (work / "train.py").write_text(script)
            self.counter.parent.mkdir(exist_ok=True)
            environment = Environment(
                mounts=(Mount(source=self.counter.parent, target=Path("/counter"), writable=True),),
                variables={"COUNTER": "/counter/lines"},
                limits=Limits(seconds=limit),
            )
            argv = ("python", "train.py", str(seconds), str(code))
            return Command(argv=argv, folder=work, environment=environment)

        return lay_out

    @property
    def counter(self) -> Path:
        return self.place / "counter" / "lines"

    @property
    def begun(self) -> int:
        return self.counter.read_text().count("begin") if self.counter.exists() else 0

    def last_try(self, name: str = "training") -> JobFolder:
        return tries(self.place / "jobs" / "a1-3" / name)[-1]

    def processes(self, place: JobFolder) -> list[int]:
        """Of the job itself."""
        spec = place.spec
        assert spec is not None
        return [pid for pid in everything() if carries(pid, spec.marker.encode())]

    def kill_supervisor(self, place: JobFolder) -> None:
        supervisor = place.supervisor
        assert supervisor is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(supervisor))

    def alive(self, place: JobFolder) -> bool:
        supervisor = place.supervisor
        return supervisor is not None and is_alive(supervisor)


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def waiting() -> Callable[..., None]:
    return wait_for


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    asyncio.run(workshop.jobs(record=ignore).remove_all())


async def ignore(*_: object, **__: object) -> None:
    return None
