"""Waiting for a process that is nobody's child, and following its log."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.sandboxes.gpus.holder import Holder, this_place, this_process
from agentkit.sandboxes.jobs.following import CATCH_UP, LogFollower, ended, is_alive, last_lines, open_handle
from agentkit.sandboxes.process_tree import look


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[bytes], Holder]]:
    with subprocess.Popen(["sleep", "600"]) as running:
        sight = look(running.pid)
        assert sight is not None
        yield (
            running,
            Holder(run="r", pid=running.pid, started=sight.identity.started, place=this_place()),
        )
        running.kill()


def waited(holder: Holder, seconds: float) -> bool:
    async def wait() -> bool:
        with ended(holder) as gone:
            await asyncio.wait({gone}, timeout=seconds)
            return gone.done()

    return asyncio.run(wait())


def test_a_process_is_itself_only_with_its_start_and_its_boot() -> None:
    me = this_process("r")
    assert is_alive(me)
    assert not is_alive(me.model_copy(update={"started": me.started - 1}))
    assert not is_alive(me.model_copy(update={"place": "another boot"}))
    assert open_handle(me.model_copy(update={"started": me.started - 1})) is None
    assert open_handle(me.model_copy(update={"pid": 2**22 - 1})) is None


def test_its_end_is_heard_at_once(process: tuple[subprocess.Popen[bytes], Holder]) -> None:
    running, holder = process
    assert not waited(holder, 0.05)

    async def kill_meanwhile() -> float:
        with ended(holder) as gone:
            asyncio.get_running_loop().call_later(0.1, running.kill)
            began = time.monotonic()
            await asyncio.wait({gone}, timeout=60)
            return time.monotonic() - began

    assert asyncio.run(kill_meanwhile()) < 30
    assert not is_alive(holder), "a zombie does nothing any more"
    assert waited(holder, 60), "and one that is gone has ended"


def test_a_log_is_told_as_it_grows(tmp_path: Path) -> None:
    heard: list[bytes] = []
    follower = LogFollower(tmp_path / "log", heard.append)
    follower.feed()
    (tmp_path / "log").write_bytes(b"one\n")
    follower.feed()
    with (tmp_path / "log").open("ab") as file:
        file.write(b"two\n")
    follower.feed()
    follower.feed()
    assert heard == [b"one\n", b"two\n"]


def test_of_a_log_that_was_there_the_last_part_is_told(tmp_path: Path) -> None:
    heard: list[bytes] = []
    (tmp_path / "log").write_bytes(b"x" * CATCH_UP + b"end")
    LogFollower(tmp_path / "log", heard.append).feed()
    assert b"".join(heard) == b"x" * (CATCH_UP - 3) + b"end"


def test_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert last_lines(path, 3) == b""
    path.write_bytes(b"".join(b"%d\n" % number for number in range(100_000)))
    assert last_lines(path, 2) == b"99998\n99999"
    path.write_bytes(b"no end")
    assert last_lines(path, 2) == b"no end"
