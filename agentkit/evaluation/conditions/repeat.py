"""Repeat: time something while the machine is watched, and again if it was disturbed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agentkit.evaluation.conditions.probe import Probe, probe
from agentkit.evaluation.conditions.reference_work import Yardstick
from agentkit.evaluation.conditions.verdict import Clock, Conditions, compare

Result = TypeVar("Result")
REPEATS = 2
ROOM = 1.5
"""A repetition may take this much longer than the last one; without the time for it, it is not begun."""


@dataclass(frozen=True)
class Watch:
    """The two probes of one timed run, in a folder out of the candidate's reach.

    They are kept in files because what is timed may outlive the process that began it: `begin` belongs
    where the run is begun, `end` where its end is seen, in whichever process.
    """

    folder: Path
    usual: Yardstick
    clock: Clock = "cpu"
    devices: Sequence[str] = ()

    def begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "before.json").write_text(probe(self.devices).model_dump_json())

    def end(self, own_seconds: float) -> Conditions:
        """`own_seconds`: CPU seconds of what was timed. What was said once is said again."""
        path = self.folder / "after.json"
        if not path.exists():
            path.write_text(probe(self.devices).model_dump_json())
        before, after = (
            Probe.model_validate_json((self.folder / name).read_bytes())
            for name in ("before.json", "after.json")
        )
        return compare(before, after, self.usual, own_seconds, self.clock)


async def measure_steadily(
    run_once: Callable[[int], Awaitable[tuple[Result, Conditions]]],
    seconds: float,
    repeats: int = REPEATS,
) -> tuple[Result, Conditions]:
    """The first steady one of up to 1 + `repeats` runs; if all were disturbed, that with the least slowdown.

    `run_once` is given the number of the run, from 0. `seconds`: within which all of them must fit, the first
    in any case; 0 is one run, as it comes.
    """
    found: list[tuple[Result, Conditions]] = []
    began = time.monotonic()
    for number in range(1 + repeats):
        started = time.monotonic()
        found.append(await run_once(number))
        now = time.monotonic()
        if found[-1][1].steady or now - began + ROOM * (now - started) > seconds:
            break
    steady = [each for each in found if each[1].steady]
    return steady[0] if steady else min(found, key=lambda each: each[1].slowdown)
