"""Speed-up: ratios of paired times over several sizes, as one figure with its interval."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 1000
LEAST = 1e-3
"""No ratio counts for less or for more than its inverse: one absurd time cannot carry the whole."""


@dataclass(frozen=True)
class Speedup:
    """Above 1: faster than the baseline. `low` and `high` hold 95 % of the resamples."""

    value: float
    low: float
    high: float


def speedup_of(sizes: Sequence[Sequence[float]], seed: int) -> Speedup:
    """Of the ratios (baseline / candidate) of each size: the geometric mean over sizes of their medians.

    The interval is a percentile bootstrap, by pairs within each size. ValueError without a ratio for each
    size, or for one that is not a positive number.
    """
    logs = [[log_of(ratio) for ratio in ratios] for ratios in sizes]
    if not logs or not all(logs):
        raise ValueError("a speed-up needs at least one ratio for each size")
    chance = random.Random(seed)
    found = sorted(
        statistics.fmean(statistics.median(chance.choices(ratios, k=len(ratios))) for ratios in logs)
        for _ in range(RESAMPLES)
    )
    low, high = found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]
    value = statistics.fmean(statistics.median(ratios) for ratios in logs)
    return Speedup(math.exp(value), math.exp(min(low, value)), math.exp(max(high, value)))


def log_of(ratio: float) -> float:
    if not ratio > 0:
        raise ValueError(f"{ratio!r} is not a ratio of two times")
    return math.log(min(max(ratio, LEAST), 1 / LEAST))


def geometric_mean(seconds: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(each) for each in seconds))
