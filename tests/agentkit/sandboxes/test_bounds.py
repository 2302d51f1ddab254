"""Limits of the whole tree, in every sandbox, with control groups where there are any and without."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, Sandbox
from agentkit.sandboxes import bounds
from agentkit.sandboxes.cgroup import group_parents
from agentkit.sandboxes.local import LocalSandbox

Run = Callable[..., CommandResult]
MEGABYTE = 1_000_000
FAMILY = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        block = b'x' * 150_000_000
        time.sleep(60)
time.sleep(60)
"""


@pytest.fixture(params=["local", "bubblewrap"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Those that start programs of this machine."""
    if request.param == "local":
        return LocalSandbox()
    found: Sandbox = request.getfixturevalue("bubblewrap")
    return found


@pytest.fixture(params=["groups", "no groups"])
def groups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "groups":
        if group_parents() is None:
            pytest.skip("control groups are not permitted here")
        return True
    monkeypatch.setattr(bounds, "group_parents", lambda: None)
    return False


def test_each_is_below_the_limit_and_all_together_are_not(run: Run, groups: bool) -> None:
    result = run("python", "-c", FAMILY, memory_bytes=300 * MEGABYTE, seconds=100.0)
    assert result.status == "failed"
    assert "more than 300,000,000 bytes of memory" in result.output
    assert result.seconds < 50


def test_so_many_processes_and_no_more(run: Run, groups: bool) -> None:
    result = run("sh", "-c", "for n in $(seq 40); do sleep 60 & done; wait", processes=15, seconds=100.0)
    assert result.status == "failed"
    assert "more than 15 processes" in result.output
    assert ("the kernel refused" in result.output) is groups


def test_processor_time(run: Run, groups: bool) -> None:
    if not groups or "cpu" not in bounds.walls_of_bounds():
        assert "cpu" not in bounds.walls_of_bounds(), "it must not be claimed"
        return
    code = "import os\nfor _ in range(2): os.fork()\nwhile True: pass"
    result = run("python", "-c", code, cpu_cores=0.25, seconds=4.0)
    assert result.cpu_seconds < 0.25 * 4 + 0.6


@pytest.mark.parametrize(
    "words",
    [
        "for n in 1 2 3 4; do head -c 30000000 /dev/zero > part$n; done; sleep 60",
        # Without a name: nothing of it is seen in the folder.
        "exec 5>a 6>b; rm a b; for n in 5 6; do head -c 35000000 /dev/zero >/proc/self/fd/$n; done; sleep 60",
    ],
)
def test_what_is_added_to_the_folder(run: Run, words: str, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/before").write_bytes(b"x" * 60 * MEGABYTE)
    result = run("sh", "-c", words, disk_bytes=50 * MEGABYTE, seconds=100.0)
    assert result.status == "failed"
    assert "added more than 50,000,000 bytes" in result.output
    assert (
        run("sh", "-c", "head -c 30000000 /dev/zero > part; rm -f part*", disk_bytes=50 * MEGABYTE).status
        == "ok"
    )


def test_what_is_added_to_tmp(run: Run, sandbox: Sandbox) -> None:
    words = "cd ${TMPDIR:-/tmp}; for n in 1 2 3; do head -c 30000000 /dev/zero > $n || exit 9; done; sleep 60"
    result = run("sh", "-c", words, disk_bytes=50 * MEGABYTE, seconds=100.0)
    assert result.status == "failed"
    assert ("No space left" if sandbox.name == "bubblewrap" else "added more than") in result.output


def test_one_file(run: Run) -> None:
    result = run("sh", "-c", "head -c 60000000 /dev/zero > x", disk_bytes=50 * MEGABYTE)
    assert result.status == "failed"


@pytest.mark.real
def test_a_flood_costs_a_bounded_log_and_bounded_memory(
    sandbox: Sandbox, command: Callable[..., Command], tmp_path: Path
) -> None:
    code = (
        "import asyncio, resource, sys\n"
        "from pathlib import Path\n"
        "from agentkit.contracts.sandbox import Command\n"
        f"from {type(sandbox).__module__} import {type(sandbox).__name__} as S\n"
        "begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "argv = ('sh', '-c', \"yes 'an error in a flood' | head -c 400000000\")\n"
        "given = Command(argv=argv, folder=Path(sys.argv[1]), log=Path(sys.argv[1], 'log'))\n"
        "result = asyncio.run(S().run(given))\n"
        "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begin\n"
        "print(result.status, result.truncated_from, len(result.output), grown)\n"
    )

    async def measure() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return said.decode()

    status, total, shown, grown = asyncio.run(measure()).split()
    assert (status, total) == ("ok", "400000000")
    assert int(shown) < 100_000
    assert int(grown) < 50_000, "kilobytes"
    assert (tmp_path / "log").stat().st_size < 270 * MEGABYTE


def test_a_deadline_does_not_wait_for_a_look_at_the_disk(sandbox: Sandbox, tmp_path: Path) -> None:
    """Many files, or threads that are busy otherwise, can keep it for minutes."""
    folder = tmp_path / "work"
    folder.mkdir()
    limits = Limits(seconds=2.0, disk_bytes=4 * MEGABYTE)
    command = Command(argv=("sleep", "60"), folder=folder, environment=Environment(limits=limits))

    async def run() -> CommandResult:
        threads = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(threads)
        job = await sandbox.start(command)
        free = threading.Event()
        threads.submit(free.wait, 60.0)
        with (tmp_path / "large").open("wb") as file:
            file.write(b"x" * 64 * MEGABYTE)
            os.fsync(file.fileno())
        try:
            return await job.wait()
        finally:
            free.set()

    result = asyncio.run(run())
    assert result.status == "timeout"
    assert result.seconds < 30.0
