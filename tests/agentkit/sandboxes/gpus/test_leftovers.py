from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.errors import RunProblem
from agentkit.sandboxes.gpus.holder import Holder, this_process
from agentkit.sandboxes.gpus.leftovers import clean_up_after, end_processes, remove_container
from agentkit.sandboxes.gpus.tickets import OwnTicket, Seen, Ticket
from agentkit.sandboxes.process_tree import Identity, look, send

FORKS_TWICE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""


@pytest.fixture
def job() -> Iterator[tuple[subprocess.Popen[bytes], int, str]]:
    """A job whose second process is nobody's child and in a session of its own; and its marker."""
    marker = f"AGENTKIT_TEST_JOB={os.getpid()}-{time.monotonic_ns()}"
    name, _, value = marker.partition("=")
    process = subprocess.Popen(
        [sys.executable, "-c", FORKS_TWICE], env={**os.environ, name: value}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    hidden = int(process.stdout.readline())
    sight = look(hidden)
    yield process, hidden, marker
    if sight:
        send([sight.identity], signal.SIGKILL)
    process.kill()
    process.communicate()


def is_running(pid: int) -> bool:
    sight = look(pid)
    return sight is not None and not sight.zombie


def test_all_of_a_job_is_ended_by_its_marker(job: tuple[subprocess.Popen[bytes], int, str]) -> None:
    process, hidden, marker = job
    asyncio.run(end_processes(this_process("run", marker=marker)))
    assert not is_running(hidden) and not is_running(process.pid)


def test_without_a_marker_what_descends_is_ended(job: tuple[subprocess.Popen[bytes], int, str]) -> None:
    process, _, _ = job
    sight = look(process.pid)
    assert sight is not None
    holder = this_process("run").model_copy(update={"root": sight.identity})
    asyncio.run(end_processes(holder))
    assert not is_running(process.pid)


@pytest.mark.parametrize("change", ["another start", "another boot"])
def test_a_number_that_means_another_process_now_is_let_be(
    job: tuple[subprocess.Popen[bytes], int, str], change: str
) -> None:
    process, hidden, marker = job
    sight = look(process.pid)
    assert sight is not None
    stale = Identity(process.pid, sight.identity.started - 1)
    updates: dict[str, dict[str, object]] = {
        "another start": {"root": stale},
        "another boot": {"root": sight.identity, "marker": marker, "place": "long ago"},
    }
    asyncio.run(end_processes(this_process("run").model_copy(update=updates[change])))
    assert is_running(process.pid) and is_running(hidden)


def test_whoever_cleans_up_is_not_a_leftover(job: tuple[subprocess.Popen[bytes], int, str]) -> None:
    """A supervisor that was started again with the old one's marker ends the old job and lives."""
    process, hidden, marker = job
    name, _, value = marker.partition("=")
    script = (
        "import asyncio, sys\n"
        "from agentkit.sandboxes.gpus.holder import Holder\n"
        "from agentkit.sandboxes.gpus.leftovers import end_processes\n"
        "asyncio.run(end_processes(Holder.model_validate_json(sys.argv[1])))\n"
        "print('alive')\n"
    )
    # A shell between, which carries the marker too.
    command = ["sh", "-c", '"$@"; true', "sh", sys.executable, "-c", script]
    holder = this_process("run", marker=marker).model_dump_json()
    done = subprocess.run(
        [*command, holder], env={**os.environ, name: value}, capture_output=True, text=True, check=False
    )
    assert done.stdout == "alive\n", done.stderr
    assert not is_running(hidden) and not is_running(process.pid)


def dead_ticket(folder: Path, holder: Holder) -> Seen:
    own = OwnTicket(
        folder,
        Ticket(holder=holder, exclusive=True, count=1, among=("d0",), devices=("d0",), since=0.0),
    )
    assert own._lock is not None
    os.close(own._lock)  # what the kernel does
    return Seen(own.name, own.ticket, False)


def test_the_record_goes_when_the_job_has_gone(
    job: tuple[subprocess.Popen[bytes], int, str], tmp_path: Path
) -> None:
    process, hidden, marker = job
    dead = dead_ticket(tmp_path, this_process("run", marker=marker))

    async def three_at_once() -> None:
        await asyncio.gather(*(clean_up_after(tmp_path, dead) for _ in range(3)))

    asyncio.run(three_at_once())
    assert not is_running(hidden) and not is_running(process.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_container_that_cannot_be_removed_keeps_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'the daemon does not answer' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "tickets").mkdir()
    dead = dead_ticket(tmp_path / "tickets", this_process("run").model_copy(update={"container": "c0ffee"}))
    with pytest.raises(RunProblem, match="docker rm --force c0ffee"):
        asyncio.run(clean_up_after(tmp_path / "tickets", dead))
    assert (tmp_path / "tickets" / f"{dead.name}.json").exists()
    # And once it can:
    docker.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n')
    asyncio.run(clean_up_after(tmp_path / "tickets", dead))
    assert (tmp_path / "said").read_text() == "rm --force --volumes c0ffee\n"
    assert list((tmp_path / "tickets").iterdir()) == []


def test_a_container_that_is_gone_already_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Error: No such container: c0ffee' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    asyncio.run(remove_container("c0ffee"))
    docker.unlink()
    with pytest.raises(RunProblem, match="no program docker"):
        asyncio.run(remove_container("c0ffee"))
