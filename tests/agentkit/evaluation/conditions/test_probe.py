from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentkit.evaluation.conditions.probe import (
    clock,
    probe,
    processor_seconds,
    throttle_count,
    waited_seconds,
)
from agentkit.evaluation.conditions.reference_work import Yardstick
from agentkit.evaluation.conditions.verdict import compare


def test_counters_go_forward() -> None:
    first = probe()
    second = probe()
    assert second.boot == first.boot and second.at > first.at
    assert second.busy > first.busy, "the reference work itself was busy"
    assert second.cores == first.cores >= 1 and second.stolen >= first.stolen


def test_the_kernel_s_table() -> None:
    tick = os.sysconf("SC_CLK_TCK")
    stat = "cpu  100 20 30 9000 50 6 4 70 15 1\ncpu0 100 20 30 9000 50 6 4 70 15 1\n"
    assert processor_seconds(stat) == (160 / tick, 70 / tick)


def test_pressure_clocks_and_throttles_where_the_machine_says(tmp_path: Path) -> None:
    assert waited_seconds(tmp_path / "none") is None
    (tmp_path / "cpu").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull total=9\n")
    assert waited_seconds(tmp_path / "cpu") == 2.5
    assert throttle_count(tmp_path) is None and clock(tmp_path) is None
    for core, (count, kilohertz) in enumerate([(3, 2_000_000), (4, 3_000_000)]):
        for place, number in (
            ("thermal_throttle/core_throttle_count", count),
            ("cpufreq/scaling_cur_freq", kilohertz),
        ):
            path = tmp_path / f"cpu{core}" / place
            path.parent.mkdir(parents=True)
            path.write_text(f"{number}\n")
    assert throttle_count(tmp_path) == 7 and clock(tmp_path) == 2500


@pytest.mark.real
def test_busy_neighbours_disturb_what_the_wall_clock_times() -> None:
    count = len(os.sched_getaffinity(0))
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        before = probe()
        time.sleep(2)
        after = probe()
    finally:
        for process in busy:
            process.kill()
            process.wait()
    found = compare(before, after, Yardstick(seconds=10.0), own_seconds=0.0, clock="wall")
    assert found.others > 0.3 * after.cores
    assert not found.steady and "cores busy" in found.flags[0].evidence
