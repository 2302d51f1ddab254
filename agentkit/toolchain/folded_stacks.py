"""Folded stacks: what a sampling profiler saw, `frame;frame;frame count` a line, as functions and lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

FRAME = re.compile(r"^(?P<function>.*) \((?P<place>.*)\)$")
TOP = 12


def read_folded(text: str) -> dict[str, int]:
    """Lines that are none are left out."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        if stack and count.isdigit():
            found[stack] += int(count)
    return dict(found)


def sampled_table(stacks: Mapping[str, int], seconds: float) -> list[str]:
    """For a model: lines and functions, by the samples in which they were on top, and were there at all."""
    samples = sum(stacks.values())
    if not samples:
        return ["no sample was taken"]
    lines: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for stack, count in stacks.items():
        frames = [each for each in stack.split(";") if not each.startswith("process ")]
        if not frames:
            continue
        lines[frames[-1]] += count
        for function in {function_of(frame) for frame in frames}:
            within[function] += count
    told = [f"{samples:,} samples, {seconds:.3g} s", "by line, itself:"]
    told += [f"{count / samples:6.1%}  {name[:110]}" for name, count in lines.most_common(TOP)]
    told.append("by function, with what it calls:")
    return told + [f"{count / samples:6.1%}  {name[:110]}" for name, count in within.most_common(TOP)]


def function_of(frame: str) -> str:
    """`step (train.py)` of `step (train.py:12)`."""
    match = FRAME.match(frame)
    return f"{match['function']} ({match['place'].rpartition(':')[0] or match['place']})" if match else frame
