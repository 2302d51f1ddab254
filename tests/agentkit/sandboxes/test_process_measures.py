"""What a command may use and what it is found to have used, in every sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import CommandResult
from agentkit.sandboxes import cpu_clock

Run = Callable[..., CommandResult]
Alive = Callable[[str], list[int]]

HOARDER = """
import time
blocks = []
for _ in range(40):
    blocks.append(b"x" * 10**7)
    time.sleep(0.02)
print("has it")
time.sleep(9)
"""


def test_too_much_memory_is_met(run: Run) -> None:
    refused = run("python", "-c", HOARDER, memory_bytes=100_000_000)
    assert refused.status == "failed"
    assert "MemoryError" in refused.output
    # Each of the processes is below the limit, all of them together are not.
    three = 'for _ in 1 2 3; do python -c "$0" & done; wait'
    together = run("sh", "-c", three, HOARDER, memory_bytes=600_000_000)
    assert together.status == "failed"
    assert "held more than 600,000,000 bytes" in together.output


def test_too_many_processes_are_met(run: Run, alive: Alive) -> None:
    marked = uuid.uuid4().hex
    result = run("sh", "-c", f": {marked}; for n in $(seq 50); do sleep 60 & done; wait", processes=20)
    assert result.status == "failed"
    assert "more than 20 processes" in result.output
    assert alive(marked) == []


def test_too_large_a_file_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("sh", "-c", "head -c 3000000 /dev/zero > big", file_bytes=1_000_000)
    assert result.status == "failed"
    assert (tmp_path / "work/big").stat().st_size <= 1_000_000


def test_peak_memory(run: Run) -> None:
    small = run("python", "-c", "import time; time.sleep(0.3)").peak_memory_bytes
    large = run("python", "-c", "import time; block = b'x' * 200_000_000; time.sleep(0.3)").peak_memory_bytes
    assert small < 60_000_000
    assert 200_000_000 < large < 280_000_000


@pytest.mark.real
@pytest.mark.parametrize("clock", [True, False], ids=["counted", "sampled"])
@pytest.mark.parametrize("ignore", [False, True], ids=["waited for", "SIGCHLD ignored"])
def test_cpu_seconds_of_a_forking_command(
    run: Run, ignore: bool, clock: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not clock:
        monkeypatch.setattr(cpu_clock, "SYSTEM_CALL", {})  # as on a machine where it is not allowed
    code = (
        "import os, signal, sys, time\n"
        f"if {ignore}: signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        while time.process_time() < 0.5: pass\n"
        "        os._exit(0)\n"
        "while True:\n"
        "    try: os.wait()\n"
        "    except ChildProcessError: break\n"
    )
    result = run("python", "-c", code)
    assert result.status == "ok"
    assert result.cpu_seconds == pytest.approx(2.0, rel=0.15)


def test_cpu_seconds_of_a_daemon_that_is_killed(run: Run) -> None:
    code = (
        "import os, pathlib, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    while time.process_time() < 1.0: pass\n"
        "    pathlib.Path('done').touch()\n"
        "    time.sleep(60)\n"
        "while not pathlib.Path('done').exists(): time.sleep(0.01)\n"
        "time.sleep(0.2)\n"
    )
    result = run("python", "-c", code)
    assert result.status == "ok"
    assert result.cpu_seconds == pytest.approx(1.0, rel=0.15)


def test_an_idle_command_costs_next_to_nothing(run: Run) -> None:
    result = run("sleep", "0.5")
    assert result.cpu_seconds < 0.1
    assert 0.45 < result.seconds < 3.0
