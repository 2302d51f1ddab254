from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from agentkit.evaluation.conditions.reference_work import Yardstick, reference_seconds
from agentkit.evaluation.conditions.repeat import Watch, measure_steadily
from agentkit.evaluation.conditions.verdict import Conditions


def conditions(slowdown: float) -> Conditions:
    disturbed = ("slow",) if slowdown > 1.2 else ()
    return Conditions(seconds=1, slowdown=slowdown, others=0, stolen=0, waited=None, disturbed=disturbed)


def measure(*slowdowns: float, seconds: float = 60.0, takes: float = 0.0) -> tuple[int, float, int]:
    """The run that is kept, its slowdown, and how many there were."""
    made = 0

    async def run_once(number: int) -> tuple[int, Conditions]:
        nonlocal made
        made += 1
        await asyncio.sleep(takes)
        return number, conditions(slowdowns[number])

    number, found = asyncio.run(measure_steadily(run_once, seconds))
    return number, found.slowdown, made


@pytest.mark.parametrize(
    ("slowdowns", "kept", "made"),
    [
        ((1.0,), 0, 1),
        ((1.5, 1.0), 1, 2),
        ((1.5, 1.4, 1.1), 2, 3),
        ((1.5, 1.3, 1.4), 1, 3),
    ],
)
def test_the_first_steady_run_or_the_least_disturbed(
    slowdowns: tuple[float, ...], kept: int, made: int
) -> None:
    assert measure(*slowdowns) == (kept, slowdowns[kept], made)


def test_nothing_is_repeated_without_the_time_for_it() -> None:
    assert measure(1.5, 1.0, seconds=0.0) == (0, 1.5, 1)
    assert measure(1.5, 1.4, 1.0, seconds=0.5, takes=0.3)[2] == 1
    began = time.monotonic()
    assert measure(1.5, 1.4, 1.3, seconds=30.0, takes=0.1)[2] == 3
    assert time.monotonic() - began < 10


def test_both_ends_are_kept_for_whoever_sees_the_end(tmp_path: Path) -> None:
    usual = Yardstick(seconds=reference_seconds() * 100)
    Watch(tmp_path / "conditions", usual).begin()
    first = Watch(tmp_path / "conditions", usual).end(0.0)
    assert first.steady or first.disturbed
    time.sleep(0.05)
    again = Watch(tmp_path / "conditions", usual).end(0.0)
    assert again == first, "a process that resumes says the same"
