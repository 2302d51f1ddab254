"""What holds for a command in every sandbox: output, time, endings, and that nothing stays."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Sandbox

Run = Callable[..., CommandResult]
Alive = Callable[[str], list[int]]
Make = Callable[..., Command]

DEAF = """
import signal, time
for number in (1, 2, 15):
    signal.signal(number, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(print("tidied", flush=True)))
time.sleep(60)
"""
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for word in sys.argv[2:]:
            os.closerange(0, 3)
        time.sleep(60)
    os._exit(0)
time.sleep(float(sys.argv[1]))
"""


def word() -> str:
    return f"marked{uuid.uuid4().hex}"


def test_output_and_exit_code(run: Run) -> None:
    result = run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (result.status, result.exit_code) == ("failed", 3)
    assert result.output == "out\nerr\n"
    assert result.truncated_from is None


def test_success(run: Run) -> None:
    result = run("python", "-c", "print('hello')")
    assert (result.status, result.exit_code, result.output) == ("ok", 0, "hello\n")


def test_death_by_signal_is_negative(run: Run) -> None:
    assert run("sh", "-c", "kill -9 $$").exit_code == -9


def test_an_unknown_program_says_so(run: Run) -> None:
    result = run("no-such-program-here")
    assert result.status == "failed"
    assert result.exit_code == 127
    assert "no-such-program-here" in result.output


def test_stdin_is_empty(run: Run) -> None:
    assert run("cat").status == "ok"


def test_it_starts_in_its_folder_and_may_write_there(run: Run, tmp_path: Path) -> None:
    assert run("sh", "-c", "echo made > here.txt").status == "ok"
    assert (tmp_path / "work/here.txt").read_text() == "made\n"


def test_pieces_come_while_it_runs(run: Run) -> None:
    moments: list[tuple[float, bytes]] = []
    run(
        "sh",
        "-c",
        "echo one; sleep 0.5; echo two",
        on_output=lambda data: moments.append((time.time(), data)),
    )
    assert b"".join(data for _, data in moments) == b"one\ntwo\n"
    assert moments[-1][0] - moments[0][0] > 0.4


def test_a_listener_that_raises_ends_the_command_and_is_heard(run: Run, alive: Alive) -> None:
    marked = word()

    def listen(data: bytes) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run("sh", "-c", f": {marked}; echo x; sleep 60; :", on_output=listen)
    assert alive(marked) == []


def test_timeout_keeps_the_partial_output_and_meets_the_deaf(run: Run, alive: Alive) -> None:
    marked = word()
    began = time.monotonic()
    result = run("python", "-c", DEAF, marked, seconds=1.0)
    assert result.status == "timeout"
    assert result.exit_code == -9
    assert result.output == "up\n"
    assert time.monotonic() - began < 3.0
    assert alive(marked) == []


def test_the_polite_get_a_moment_to_tidy_up(run: Run) -> None:
    result = run("python", "-c", POLITE, seconds=0.7)
    assert result.status == "timeout"
    assert result.output == "tidied\n"


def test_silence_is_a_timeout_of_its_own(run: Run) -> None:
    began = time.monotonic()
    result = run("sh", "-c", "echo a; sleep 0.4; echo b; sleep 60", silent_seconds=0.8)
    assert result.status == "silent"
    assert result.output == "a\nb\n"
    assert 1.0 < time.monotonic() - began < 4.0


@pytest.mark.parametrize("lasting", ["0", "60"], ids=["main has ended", "main is running"])
def test_no_daemon_survives(run: Run, alive: Alive, lasting: str) -> None:
    marked = word()
    result = run("python", "-c", DAEMON, lasting, "x", marked, seconds=1.5)
    assert result.status == ("ok" if lasting == "0" else "timeout")
    assert alive(marked) == []


def test_a_held_pipe_does_not_hold_us(run: Run, alive: Alive) -> None:
    marked = word()
    began = time.monotonic()
    result = run("sh", "-c", f"(setsid sh -c ': {marked}; sleep 60; :' &) ; echo done")
    assert (result.status, result.output) == ("ok", "done\n")
    assert time.monotonic() - began < 3.0
    assert alive(marked) == []


def test_stopped_processes_end_too(run: Run, alive: Alive) -> None:
    marked = word()
    assert run("sh", "-c", f": {marked}; kill -STOP $$; :", seconds=0.5).status == "timeout"
    assert alive(marked) == []


def test_a_process_whose_first_thread_ended_is_not_overlooked(run: Run, alive: Alive) -> None:
    marked = word()
    code = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[__import__('platform').machine()], 0)\n"
    )
    result = run("python", "-c", code, marked, seconds=1.0)
    assert result.status == "timeout"
    assert alive(marked) == []


def test_cancelling_leaves_nothing(sandbox: Sandbox, command: Make, alive: Alive) -> None:
    marked = word()

    async def cancel() -> None:
        up = asyncio.Event()
        task = asyncio.create_task(sandbox.run(command("python", "-c", DEAF, marked), lambda data: up.set()))
        await up.wait()
        assert alive(marked)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert alive(marked) == []

    asyncio.run(cancel())


def test_cancelling_at_any_moment_of_the_start_leaves_nothing(
    sandbox: Sandbox, command: Make, alive: Alive
) -> None:
    marked = word()

    async def cancel(after: float) -> None:
        task = asyncio.create_task(sandbox.run(command("sh", "-c", f": {marked}; sleep 60; :")))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert alive(marked) == []

    for moment in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04):
        asyncio.run(cancel(moment))


def test_a_loop_that_closes_takes_its_commands_along(sandbox: Sandbox, command: Make, alive: Alive) -> None:
    marked = word()

    async def forget() -> None:
        await sandbox.start(command("python", "-c", DEAF, marked))

    asyncio.run(forget())
    assert alive(marked) == []


def test_stop(sandbox: Sandbox, command: Make, alive: Alive) -> None:
    marked = word()

    async def stop() -> CommandResult:
        job = await sandbox.start(command("sh", "-c", f": {marked}; echo up; sleep 60; :"))
        await asyncio.sleep(0.3)
        result = await job.stop()
        assert result == await job.wait() == await job.stop()
        return result

    result = asyncio.run(stop())
    assert (result.status, result.output) == ("stopped", "up\n")
    assert alive(marked) == []


def test_many_at_once(sandbox: Sandbox, command: Make) -> None:
    async def all_of_them() -> list[CommandResult]:
        return await asyncio.gather(*(sandbox.run(command("sh", "-c", f"echo {n}")) for n in range(12)))

    results = asyncio.run(all_of_them())
    assert [result.output for result in results] == [f"{n}\n" for n in range(12)]


def test_the_log_has_all_of_it(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "logs/full.log"
    result = run("sh", "-c", "seq 20000", log=log)
    assert log.read_text() == "".join(f"{n}\n" for n in range(1, 20001))
    assert result.truncated_from == log.stat().st_size
    assert len(result.output) < 25_000
    assert result.output.startswith("1\n2\n")
    assert result.output.endswith("\n19999\n20000\n")


@pytest.mark.real
def test_a_flood_is_bounded(run: Run) -> None:
    result = run("sh", "-c", "head -c 50000000 /dev/zero | tr '\\0' '\\001' | fold -w 80")
    assert result.status == "ok"
    assert result.truncated_from == 50_000_000 + 50_000_000 // 80 - (1 if 50_000_000 % 80 == 0 else 0)
    assert len(result.output) < 30_000
    assert "\x01" not in result.output


def test_broken_utf8(run: Run) -> None:
    assert run("printf", r"a\377\376b\033[31mc\n").output == "a\ufffd\ufffdbc\n"


def test_no_descriptor_is_left_open(sandbox: Sandbox, command: Make) -> None:
    async def some() -> int:
        await sandbox.run(command("true"))
        await sandbox.run(command("true", channel=True))
        await asyncio.sleep(0)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            await sandbox.run(command("true"))
            await sandbox.run(command("true", channel=True))
        await asyncio.sleep(0)
        return len(list(Path("/proc/self/fd").iterdir())) - before

    assert asyncio.run(some()) == 0
