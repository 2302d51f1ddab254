"""Declared work: the bytes and flops that one call must move and do, and the share of a machine that is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentkit.source.paths import Refused

DOUBTFUL = 1.3
"""Peaks are measured on a machine that does other things, too; so much above them nothing is."""


@dataclass(frozen=True)
class Work:
    bytes: float = 0.0
    flops: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.bytes or self.flops)


@dataclass(frozen=True)
class Peaks:
    """Of a second."""

    bytes: float
    flops: float


def read_work(text: str) -> Work:
    """Of `bytes=2e9 flops=1e12`, one or both. Refused for anything else."""
    found: dict[str, float] = {}
    for word in re.split(r"[\s,;]+", text.strip()) if text.strip() else []:
        name, _, number = word.partition("=")
        try:
            found[{"bytes": "bytes", "flops": "flops"}[name.lower()]] = float(number)
        except (KeyError, ValueError) as error:
            raise Refused(f"work is written as 'bytes=2e9 flops=1e12', of one call; not {text!r}.") from error
    if any(not 0 <= each < float("inf") for each in found.values()):
        raise Refused(f"work cannot be {text!r}.")
    return Work(**found)


def roofline(work: Work, seconds: float, peaks: Peaks, how: str) -> str:
    """How near to what the machine can do. `how`: where the peaks come from."""
    by_bytes, by_flops = work.bytes / peaks.bytes / seconds, work.flops / peaks.flops / seconds
    share = max(by_bytes, by_flops)
    limit = "bandwidth" if by_bytes >= by_flops else "arithmetic"
    doubt = ": more than the machine can do, so work is left out or not timed" if share > DOUBTFUL else ""
    return (
        f"roofline: {share:.0%} of the {limit} limit{doubt} "
        f"({how}: {peaks.bytes / 1e9:.3g} GB/s, {peaks.flops / 1e9:.3g} GFLOP/s)"
    )
