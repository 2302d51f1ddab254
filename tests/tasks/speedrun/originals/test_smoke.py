"""Which line of a failed run says why; the stage itself is tried with the evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LAUNCHER = """
E0101 failed (exitcode: 1) local_rank: 0 (pid: 10)
Traceback (most recent call last):
  File "run.py", line 9, in main
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
===========
train.py FAILED
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("Traceback:\n  x = y\nNameError: name 'y' is not defined\n", "NameError: name 'y' is not defined"),
        ("[rank3]: torch.OutOfMemoryError: no room\n", "torch.OutOfMemoryError: no room"),
        ("    assert a.b()\n           ^^^^^\nAssertionError\n", "AssertionError at assert a.b()"),
        ("[rank0]:     assert w == 8\n[rank0]: AssertionError\n", "AssertionError at assert w == 8"),
        ("killed\n", ""),
    ],
)  # fmt: skip
def test_the_scripts_own_exception(originals: Callable[[str], Any], output: str, line: str) -> None:
    smoke = originals("smoke")
    assert smoke.failure_line(output + LAUNCHER) == line
    assert smoke.failure_line(output) == line


@pytest.mark.parametrize(
    ("line", "one"),
    [("AssertionError at assert world_size == 8", True), ("torch.OutOfMemoryError: CUDA out of memory", True),
     ("NameError: name 'y' is not defined", False), ("it ended without a training step", False)],
)  # fmt: skip
def test_what_one_device_cannot_decide(originals: Callable[[str], Any], line: str, one: bool) -> None:
    assert bool(originals("smoke").OF_ONE_DEVICE.search(line)) is one


def test_a_sandbox_without_a_compiler_is_no_fault_of_the_candidate(originals: Callable[[str], Any]) -> None:
    no_compiler = originals("smoke").no_compiler
    told = str(no_compiler("docker:0123456789ab"))
    assert "docker_image" in told and "torch are this machine's" in told and "--sandbox bubblewrap" in told
    assert "apt-get install gcc" in str(no_compiler("bubblewrap"))
