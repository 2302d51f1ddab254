"""What a run printed, in any of its forms: the later ones of `printed`, or those of records 1 to 3.

Records 1 to 3 print no clock, only how long each step took; with made-up figures:

  step   12/24576 | train loss 7.654321 | norm 1.2345 | lr 7.03e-05 | (123.45 ms | 2123456 tok/s)
  val loss 7.123456

Their clock is the sum of those. In records 1 and 2 a step that begins with a validation has it in its time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .printed import ESCAPE, NUMBER, Reading, readings

EARLY_STEP = re.compile(
    rf"(?<!\w)step +(\d{{1,9}})/(\d{{1,9}}) \| train loss ({NUMBER}) \|[^(\n]*\(({NUMBER}) ms \|"
)
EARLY_VALIDATION = re.compile(rf"^val loss ({NUMBER})\s*$")
Placed = tuple[int, Reading]
"""The number of a line, and what it says."""


def read_console(text: str) -> list[Reading]:
    return [each for _, each in placed_readings(text.splitlines(keepends=True))]


def placed_readings(lines: Sequence[str]) -> list[Placed]:
    """Of the form that there is more of."""
    found = [(number, each) for number, line in enumerate(lines) for each in readings(line)]
    early = list(early_readings(lines))
    return early if len(early) > len(found) else found


def early_readings(lines: Sequence[str]) -> Iterator[Placed]:
    step, steps, clock = 0, None, 0.0
    for number, line in enumerate(lines):
        text = ESCAPE.sub("", line)
        if not text.endswith(("\n", "\r")):
            continue
        if validated := EARLY_VALIDATION.match(text):
            # It comes before the step that it is part of is printed, so it is of the steps until then.
            yield number, Reading(step, float(validated[1]), clock, steps, validation=True)
        elif trained := EARLY_STEP.search(text):
            step, steps, clock = int(trained[1]), int(trained[2]), clock + float(trained[4])
            yield number, Reading(step, float(trained[3]), clock, steps)


def trained_steps(text: str) -> int:
    """The furthest training step that was printed; 0: none was."""
    return max((each.step for each in read_console(text) if not each.validation), default=0)
