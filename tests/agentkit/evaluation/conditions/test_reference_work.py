from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from agentkit.evaluation.conditions.reference_work import (
    SLOWER,
    Yardstick,
    keep,
    one_round,
    read_yardstick,
    reference_seconds,
)


def test_it_is_work_of_tens_of_milliseconds_counted_in_cpu_time() -> None:
    began = time.process_time()
    seconds = reference_seconds(5)
    assert 0.0005 < seconds < 0.2
    assert time.process_time() - began > 4 * seconds * 0.5


def test_waiting_for_a_processor_does_not_count() -> None:
    """Three busy processes for every core: the wall clock would show several times as much."""
    alone = min(one_round() for _ in range(10))
    count = 3 * len(os.sched_getaffinity(0))
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        crowded = min(one_round() for _ in range(10))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert crowded < 2.5 * alone


def test_what_is_usual_is_measured_once_and_kept(tmp_path: Path) -> None:
    first = read_yardstick(tmp_path)
    (path,) = (tmp_path / "conditions").iterdir()
    assert Yardstick.model_validate_json(path.read_bytes()) == first
    # One that this machine is not much faster than stays as it is.
    lower = keep(path, first.seconds / SLOWER)
    assert read_yardstick(tmp_path) == lower


def test_one_of_a_bad_moment_heals_and_a_damaged_one_too(tmp_path: Path) -> None:
    first = read_yardstick(tmp_path)
    (path,) = (tmp_path / "conditions").iterdir()
    keep(path, 100 * first.seconds)
    assert read_yardstick(tmp_path).seconds < 10 * first.seconds
    path.write_text("{")
    assert read_yardstick(tmp_path).seconds < 10 * first.seconds
