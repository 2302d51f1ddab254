"""The process above one job, asked by its files and by signals."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.jobs import GpuRequest
from agentkit.contracts.sandbox import Command, Environment, Limits
from agentkit.sandboxes.jobs.folder import JobFolder, JobSpec
from agentkit.sandboxes.jobs.supervisor import NOT_MINE, main, prepared

INTERRUPTIBLE = "import time\nprint('up', flush=True)\ntime.sleep(600)"


def spec(**changes: Any) -> JobSpec:
    environment = Environment(variables={"SEED": "3"}, limits=Limits(seconds=100.0, memory_bytes=10))
    command = Command(argv=("true",), folder=Path("/tmp"), environment=environment)
    values: dict[str, Any] = {"name": "a", "digest": "d", "run": "r", "sandbox": "local", "marker": "X=1"}
    return JobSpec(command=command, **{**values, **changes})


def test_the_command_gets_its_mark_its_devices_and_the_shorter_limit() -> None:
    environment = prepared(spec(seconds=50.0, gpus=GpuRequest(count=2)), ("GPU-1", "GPU-2")).environment
    assert environment.variables == {"SEED": "3", "X": "1", "CUDA_VISIBLE_DEVICES": "GPU-1,GPU-2"}
    assert environment.gpus == ("GPU-1", "GPU-2")
    assert environment.limits == Limits(seconds=50.0, memory_bytes=10)
    fake = prepared(spec(), ("fake-0",)).environment
    assert (fake.variables["CUDA_VISIBLE_DEVICES"], fake.gpus) == ("fake-0", ())
    plain = prepared(spec(), ()).environment
    assert (plain.limits.seconds, plain.gpus) == (100.0, ())
    assert "CUDA_VISIBLE_DEVICES" not in plain.variables


def test_there_is_nothing_to_do_in_a_folder_without_a_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
    monkeypatch.chdir(tmp_path)
    try:
        assert main(tmp_path / "nowhere") == NOT_MINE
        JobFolder(tmp_path / "1").clear()
        assert main(tmp_path / "1") == NOT_MINE
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@pytest.mark.real
def test_hang_up_and_interrupt_do_not_end_it_and_terminate_does(workshop: Any, waiting: Any) -> None:
    jobs = workshop.jobs()
    asyncio.run(jobs.start("training", workshop.make(script=INTERRUPTIBLE)))
    waiting(lambda: "up" in jobs.tail("training"))
    place = workshop.last_try()
    for number in (signal.SIGHUP, signal.SIGINT):
        os.kill(place.supervisor.pid, number)
    assert asyncio.run(jobs.wait("training", 0.5)) is None
    # What the supervisor does not mind, its command must still be told.
    children = workshop.processes(place)
    assert children
    for pid in children:
        status = Path(f"/proc/{pid}/status").read_text()
        (ignored,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigIgn")]
        assert not int(ignored, 16) & 1 << (signal.SIGHUP - 1)
    os.kill(place.supervisor.pid, signal.SIGTERM)
    done = asyncio.run(jobs.wait("training", 60))
    assert done is not None and done.result.status == "stopped"


@pytest.mark.real
def test_one_that_waits_for_a_gpu_can_be_stopped(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    async def stop_the_second() -> None:
        jobs, gpus = workshop.jobs(), GpuRequest(count=1)
        await jobs.start("first", workshop.make(600), gpus=gpus)
        while not workshop.begun:
            await asyncio.sleep(0.05)
        await jobs.start("second", workshop.make(600), gpus=gpus)
        assert await jobs.wait("second", 0.5) is None
        done = await jobs.stop("second")
        assert (done.result.status, done.result.exit_code, done.gpu_seconds) == ("stopped", None, 0.0)
        await jobs.stop("first")

    asyncio.run(stop_the_second())
    assert workshop.begun == 1


@pytest.mark.real
def test_too_many_gpus_is_a_lack_that_is_said(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentkit.errors import MissingRequirement

    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(MissingRequirement, match="needs 2 GPUs"):
        asyncio.run(workshop.jobs().run("training", workshop.make(), gpus=GpuRequest(count=2)))
