from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from agentkit.sandboxes.process_tree import (
    Identity,
    ProcessTree,
    Sight,
    descend,
    everything,
    look,
    look_again,
    lost_time,
    send,
)

BURN = """
import os, signal, sys, time
if sys.argv[1] == "ignore":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 0.6: pass
        os._exit(0)
while True:
    try: os.wait()
    except ChildProcessError: break
"""


def watch(process: subprocess.Popen[bytes], tree: ProcessTree) -> float:
    """Sampled as the engine does, without the kernel's own count."""
    while True:
        tree.sample()
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return tree.final_seconds(usage.ru_utime + usage.ru_stime)
        time.sleep(0.05)


@pytest.mark.real
@pytest.mark.parametrize("way", ["wait", "ignore"])
def test_time_of_children_is_counted_with_and_without_a_wait(way: str) -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", BURN, way])
    assert watch(process, ProcessTree(process.pid)) == pytest.approx(1.8, rel=0.15)


def sight(pid: int, parent: int, own: float, reaped: float = 0.0) -> Sight:
    return Sight(Identity(pid, pid), parent, pid, own, reaped, zombie=False)


def test_time_that_was_waited_for_is_not_counted_twice() -> None:
    before = {1: sight(1, 0, 1.0), 2: sight(2, 1, 5.0), 3: sight(3, 2, 7.0)}
    assert lost_time(before, {1: sight(1, 0, 1.0, reaped=12.5)}) == 0
    assert lost_time(before, {1: sight(1, 0, 1.0)}) == 12.0
    assert lost_time(before, {1: sight(1, 0, 1.0, reaped=5.0)}) == 7.0
    assert lost_time(before, {1: sight(1, 0, 1.0), 2: sight(2, 1, 5.0, reaped=7.1)}) == 0
    assert lost_time(before, {1: sight(1, 0, 1.0), 2: sight(2, 1, 5.0)}) == 7.0


WAITS_WHEN_TOLD = """
import os, sys, time
child = os.fork()
if child == 0:
    while time.process_time() < 0.3: pass
    print("burnt", flush=True)
    time.sleep(60)
sys.stdin.readline()
os.kill(child, 9)
os.wait()
print("waited", flush=True)
sys.stdin.readline()
"""


@pytest.mark.real
def test_a_child_that_is_waited_for_while_we_look_is_counted_once() -> None:
    command = [sys.executable, "-I", "-S", "-c", WAITS_WHEN_TOLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"burnt\n"
        before = descend(process.pid)
        # The parent is seen, then it waits for the child, then the child's turn would come.
        after = {process.pid: before[process.pid]}
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"waited\n"
        assert lost_time(before, dict(after)) == pytest.approx(0.3, abs=0.05)
        look_again(before, after)
        assert lost_time(before, after) == 0
        process.stdin.write(b"\n")


def test_what_goes_while_we_look_is_not_kept() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "pass"])
    here = descend(os.getpid())
    before = {**here, 2**22 + 1: sight(2**22 + 1, os.getpid(), 5.0)}
    process.wait()
    assert process.pid in here
    look_again(before, here)
    assert process.pid not in here
    assert os.getpid() in here


def test_a_number_given_to_another_process_is_not_ours() -> None:
    before = {1: sight(1, 0, 1.0), 2: sight(2, 1, 5.0)}
    newcomer = Sight(Identity(2, 999), 1, 2, 0.1, 0.0, zombie=False)
    assert lost_time(before, {1: sight(1, 0, 1.0), 2: newcomer}) == 5.0


def test_members_by_marker_even_when_they_left_the_tree(
    eventually: Callable[[Callable[[], bool]], bool],
) -> None:
    marker = f"AGENTKIT_TEST_MARK={os.getpid()}x{time.monotonic_ns()}"
    name, _, value = marker.partition("=")
    code = "import os,time\nif os.fork()==0:\n os.setsid()\n if os.fork()==0: time.sleep(60)\nelse: os.wait()"
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], env={**os.environ, name: value})
    tree = ProcessTree(process.pid, marker)
    process.wait()
    found = tree.members()
    try:
        assert len(found) == 1
        assert look(found[0].pid)
    finally:
        send(found, signal.SIGKILL)
    assert eventually(lambda: tree.members() == [])


def test_a_signal_needs_the_same_process_not_the_same_number() -> None:
    process = subprocess.Popen(["sleep", "60"])
    try:
        here = look(process.pid)
        assert here and here.parent == os.getpid()
        send([Identity(process.pid, here.identity.started + 1)], signal.SIGKILL)
        time.sleep(0.1)
        assert process.poll() is None
        send([here.identity], signal.SIGKILL)
        assert process.wait(5) == -signal.SIGKILL
    finally:
        process.kill()


def test_everything_holds_this_process_and_its_parent() -> None:
    sights = everything()
    assert sights[os.getpid()].parent == os.getppid()
