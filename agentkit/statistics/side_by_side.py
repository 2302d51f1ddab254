"""Side by side: whether a candidate's times differ from a baseline's, from interleaved pairs.

Two judges must agree before a difference is claimed. The test by signed ranks keeps false claims at its level
whatever the noise is like; the bootstrap interval of the ratio says how large the difference is, but with few
pairs it is too narrow to be trusted alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agentkit.statistics.signed_rank import signed_rank_p
from agentkit.statistics.speedup import Speedup, speedup_of

LEVEL = 0.02
"""Of false claims, so that in a series of comparisons they stay below one in twenty by more than luck."""
FEWEST = 7
"""Pairs, below which no result could reach the level."""

Verdict = Literal["lower", "higher", "no detectable difference"]


@dataclass(frozen=True)
class SideBySide:
    """Of the candidate against the baseline."""

    ratio: Speedup
    """baseline / candidate: above 1 the candidate takes less."""
    p: float
    """Two-sided, that pairs lie this far to one side though nothing differs."""
    pairs: int
    verdict: Verdict
    """Of the candidate's values."""

    @property
    def unseen(self) -> float:
        """How large a difference may be that goes unseen: the half width of the interval, as a share."""
        return math.sqrt(self.ratio.high / self.ratio.low) - 1


def side_by_side(pairs: Sequence[tuple[float, float]], seed: int) -> SideBySide:
    """Of (baseline, candidate) pairs, each measured in an order drawn by chance.

    ValueError without a pair, or for a value that is not a positive number.
    """
    if any(not 0 < value < math.inf for pair in pairs for value in pair):
        raise ValueError("a value is not a positive number")
    ratio = speedup_of([[baseline / candidate for baseline, candidate in pairs]], seed)
    p = signed_rank_p([math.log(baseline / candidate) for baseline, candidate in pairs])
    verdict: Verdict = "no detectable difference"
    if p <= LEVEL and ratio.low > 1:
        verdict = "lower"
    elif p <= LEVEL and ratio.high < 1:
        verdict = "higher"
    return SideBySide(ratio, p, len(pairs), verdict)
