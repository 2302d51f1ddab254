"""What this machine cannot do."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agentkit.evaluation.kernels.problem import Work
from agentkit.evaluation.kernels.roofline import Machine, this_machine


def test_the_scarcer_of_the_two_decides() -> None:
    machine = Machine(bytes=1e9, flops=1e12)
    assert machine.least_seconds(Work(bytes=1e9), 1.0) == pytest.approx(1.0)
    assert machine.least_seconds(Work(bytes=1e6, flops=1e12), 2.0) == pytest.approx(0.5)


def test_no_real_work_here_is_faster_than_the_bound() -> None:
    machine = this_machine()
    source = np.ones(1_000_000, np.float32)
    began = time.perf_counter()
    _ = source + source
    assert time.perf_counter() - began > machine.least_seconds(Work(bytes=12e6, flops=1e6), 2.0)
    assert this_machine() is machine


def test_a_busy_machine_is_not_taken_for_a_slow_one() -> None:
    assert this_machine().bytes >= 100e9
    assert this_machine().flops >= 200e9
