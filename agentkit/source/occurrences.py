"""Occurrences: where a text stands in a file, and what is nearest to it where it does not."""

from __future__ import annotations

import difflib
import re

NEAR_LINES = 20_000
"""Lines of a file that are compared; difflib takes about a second for so many."""


def line_numbers(text: str, sought: str) -> list[int]:
    """The line that each occurrence begins on, from 1. Overlapping ones count, as each could be meant."""
    found: list[int] = []
    line, counted = 1, 0
    position = text.find(sought)
    while position >= 0 and sought:
        line += text.count("\n", counted, position)
        counted = position
        found.append(line)
        position = text.find(sought, position + 1)
    return found


def same_but_for_blanks(text: str, sought: str) -> tuple[int, int] | None:
    """The one run of lines that differs from the sought text only in blanks; None: none or several."""
    wanted = [squeeze(line) for line in sought.strip("\n").split("\n")]
    lines = [squeeze(line) for line in text.split("\n")]
    if not any(wanted):
        return None
    starts = [
        start
        for start in range(len(lines) - len(wanted) + 1)
        if lines[start] == wanted[0] and lines[start : start + len(wanted)] == wanted
    ]
    return (starts[0] + 1, starts[0] + len(wanted)) if len(starts) == 1 else None


def squeeze(line: str) -> str:
    return " ".join(line.split())


def nearest_lines(text: str, sought: str, count: int = 3) -> list[int]:
    """Numbers of the lines most like the longest line that is sought, in the order of the file."""
    key = max((squeeze(line) for line in sought.split("\n")), key=len, default="")[:400]
    if not key:
        return []
    numbers: dict[str, list[int]] = {}
    for number, line in enumerate(text.split("\n")[:NEAR_LINES], 1):
        numbers.setdefault(squeeze(line)[:400], []).append(number)
    close = difflib.get_close_matches(key, numbers, n=count, cutoff=0.5)
    return sorted(number for line in close for number in numbers[line][:count])[:count]


NUMBERED = re.compile(r"^ *\d+\t", re.MULTILINE)


def has_line_numbers(sought: str) -> bool:
    """Whether every line begins like one of a numbered view: copied with its number."""
    return bool(sought) and len(NUMBERED.findall(sought)) == len(sought.strip("\n").split("\n"))
