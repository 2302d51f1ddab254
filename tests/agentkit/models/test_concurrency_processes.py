"""The limit of an endpoint between processes, over real HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agentkit
from tests.agentkit.models.fault_server import FaultServer

CALLER = Path(__file__).with_name("limited_caller.py")


def start_caller(server: FaultServer, folder: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(CALLER), server.url, str(folder), "50", str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def answered(process: subprocess.Popen[str]) -> int:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return int(out)


@pytest.mark.real
def test_calls_converge_to_what_the_server_takes(tmp_path: Path) -> None:
    """8 at once, 50 ms each: 160 a second would be perfect."""
    server = FaultServer(latency=0.05, capacity=8)
    try:
        process = start_caller(server, tmp_path, 5.0)
        count = answered(process)
        assert count > 5.0 * 160 * 0.6
        assert server.most_running == 8
        assert server.refused < 0.15 * count, "most calls are not made only to be refused"
    finally:
        server.close()


@pytest.mark.real
def test_two_processes_share_and_a_killed_one_leaves_its_slots_to_the_other(tmp_path: Path) -> None:
    server = FaultServer(latency=0.05, capacity=8)
    try:
        alone = answered(start_caller(server, tmp_path, 3.0)) / 3.0
        first, second = start_caller(server, tmp_path, 4.0), start_caller(server, tmp_path, 4.0)
        counts = sorted((answered(first), answered(second)))
        assert counts[0] > 0.6 * counts[1], "neither is starved"
        assert sum(counts) / 4.0 > 0.7 * alone
        survivor, victim = start_caller(server, tmp_path, 6.0), start_caller(server, tmp_path, 60.0)
        time.sleep(2.5)
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=10)
        before = len(server.calls)
        time.sleep(2.0)
        assert (len(server.calls) - before) / 2.0 > 0.7 * alone, "all of the server is the survivor's"
        assert answered(survivor) > 0
    finally:
        server.close()
