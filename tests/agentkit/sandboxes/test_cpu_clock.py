from __future__ import annotations

import os
import subprocess
import sys

import pytest

from agentkit.sandboxes.cpu_clock import CpuClock

HIDDEN = """
import os, signal, sys, time
sys.stdin.readline()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        while time.process_time() < 0.02: pass
        os._exit(0)
while True:
    try: os.wait()
    except ChildProcessError: break
"""


def test_twenty_short_children_that_nobody_waited_for_are_counted() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", HIDDEN], stdin=subprocess.PIPE)
    assert process.stdin
    clock = CpuClock.open(process.pid)
    with process.stdin:
        process.stdin.write(b"\n")
    process.wait()
    if clock is None:
        pytest.skip("the kernel does not allow perf_event_open here")
    seconds = clock.seconds()
    clock.close()
    assert 0.4 <= seconds < 0.9


def test_it_is_not_inherited_by_what_we_start() -> None:
    clock = CpuClock.open(os.getpid())
    if clock is None:
        pytest.skip("the kernel does not allow perf_event_open here")
    assert not os.get_inheritable(clock._descriptor)
    clock.close()


def test_no_such_process() -> None:
    assert CpuClock.open(2**22 + 1) is None
