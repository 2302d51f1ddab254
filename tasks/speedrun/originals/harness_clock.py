"""The harness's own clock beside the one that a script prints: when each line came, seen from outside."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from agentkit.contracts.outcome import Flag

from .console import placed_readings
from .printed import TimingRule

APART = 0.02
"""Share by which a printed time may be under what was seen."""
APART_MS = 3000.0
"""And what lines may be late: pipes, and how often they are looked at."""
LINE_BYTES = 16 * 1024
LIKELY = re.compile(rb"step|loss|tel:")


class HarnessClock:
    """Fed with output as it comes. What comes late shortens its figure, so that it never overstates."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._line = b""
        self._came: list[tuple[float, str]] = []
        """Lines that may say something, and when each ended."""

    def feed(self, data: bytes) -> None:
        lines = (self._line + data).split(b"\n")
        self._line = lines.pop()[-LINE_BYTES:]
        for line in lines:
            if LIKELY.search(line):
                text = line[-LINE_BYTES:].decode("utf-8", errors="replace")
                self._came.append((self._now(), text + "\n"))

    def least_ms(self, rule: TimingRule) -> float:
        """Time between the first timed line and the last validation, without what came before validations.

        A lower bound of the training time: the wait for a validation holds the rest of the last step, too.
        """
        placed = placed_readings([line for _, line in self._came])
        seen = [(self._came[number][0], each) for number, each in placed]
        timed = [(when, each) for when, each in seen if each.step >= rule.untimed_steps]
        if not any(each.validation and each.step > rule.untimed_steps for _, each in timed):
            return 0.0
        training = 0.0
        for (before, _), (when, each) in zip(timed, timed[1:], strict=False):
            training += 0.0 if each.validation else when - before
        return 1000 * training


def clock_flags(printed_ms: float, least_ms: float, wall_ms: float) -> list[Flag]:
    """Where the printed time cannot be what passed outside."""
    if printed_ms > wall_ms:
        evidence = f"printed {printed_ms:.0f} ms of training; the whole command took {wall_ms:.0f} ms"
    elif printed_ms < (1 - APART) * least_ms - APART_MS:
        evidence = f"printed {printed_ms:.0f} ms of training; its lines came over {least_ms:.0f} ms at least"
    else:
        return []
    return [Flag(code="printed_time_differs", evidence=evidence)]
