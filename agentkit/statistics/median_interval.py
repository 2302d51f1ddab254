"""An interval for a median from order statistics: whatever the noise is like (Thompson, 1936)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.statistics.series import median


@dataclass(frozen=True)
class MedianInterval:
    """Covers the true median with at least the level asked for; endless where there are too few values."""

    median: float
    low: float
    high: float


def median_interval(values: Sequence[float], level: float = 0.95) -> MedianInterval | None:
    """None for an empty series."""
    middle = median(values)
    if middle is None:
        return None
    rank = lower_rank(len(values), level)
    if rank == 0:
        return MedianInterval(middle, -math.inf, math.inf)
    ordered = sorted(values)
    return MedianInterval(middle, ordered[rank - 1], ordered[-rank])


def lower_rank(count: int, level: float) -> int:
    """The largest r such that the r-th smallest and the r-th largest of `count` values are wide enough.

    0 if not even the extremes are.
    """
    outside, rank = 0.0, 0
    while True:
        outside += math.comb(count, rank) / 2.0**count
        if outside > (1.0 - level) / 2.0:
            return rank
        rank += 1
