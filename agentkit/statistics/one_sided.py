"""One-sided tests that a mean is above 0, from a handful of measurements.

Two tests, and a claim needs both. Student's t (Biometrika 6, 1908) is the speedrun's own rule, exact for
normal noise; with few measurements it can be too lenient where the noise has light tails or only a few
values. Wilcoxon's signed ranks (Biometrics Bulletin 1, 1945) is exact for any noise that is symmetric
around its centre, which the difference of two equal programs on equal seeds is; it knows no size, so alone
it would be blind to one large loss among small gains. The larger of two p values is a p value of both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from agentkit.statistics.series import mean, standard_deviation, standard_error
from agentkit.statistics.student import two_sided_quantile, two_sided_tail

POWER = 0.8
"""Chance of a pass for which a number of measurements is planned."""
MOST_PLANNED = 10_000


@dataclass(frozen=True)
class Interval:
    """Around a mean; infinite where one measurement says nothing of its noise."""

    low: float
    high: float


def t_test(samples: Sequence[float]) -> float:
    """p of the null hypothesis that their mean is at most 0; 1 for fewer than two."""
    middle, error = mean(samples), standard_error(samples)
    if middle is None or error is None:
        return 1.0
    if error == 0:
        return 0.0 if middle > 0 else 1.0
    half = two_sided_tail(abs(middle / error), len(samples) - 1) / 2
    return half if middle > 0 else 1 - half


def signed_ranks(samples: Sequence[float]) -> float:
    """p of the null hypothesis that they are symmetric around 0 or below it, exact at any number.

    Equal sizes share their ranks; zeros are ranked, then left out (Pratt, JASA 54, 1959). Of n samples it
    is never below 2⁻ⁿ.
    """
    doubled = _doubled_ranks([abs(each) for each in samples])
    ranks = [rank for rank, each in zip(doubled, samples, strict=True) if each]
    reached = sum(rank for rank, each in zip(doubled, samples, strict=True) if each > 0)
    ways = [1]
    """How many choices of signs give each sum of positive ranks."""
    for rank in ranks:
        ways = [a + b for a, b in zip(ways + [0] * rank, [0] * rank + ways, strict=True)]
    return sum(ways[reached:]) / float(2 ** len(ranks))


def rejects(samples: Sequence[float], level: float) -> bool:
    """Whether both tests say, at the level, that the mean is above 0."""
    return t_test(samples) <= level and signed_ranks(samples) <= level


def mean_interval(samples: Sequence[float], level: float) -> Interval:
    """All means that a t test at one-sided `level` refutes on neither side: it holds 1 − 2·level.

    Where `level` is that of a look of a staged design, this is a repeated confidence interval (Jennison and
    Turnbull, JRSS B 51, 1989): it may be read at any look.
    """
    middle, error = mean(samples), standard_error(samples)
    if middle is None or error is None:
        return Interval(-math.inf, math.inf)
    reach = two_sided_quantile(1 - 2 * level, len(samples) - 1) * error
    return Interval(middle - reach, middle + reach)


def fewest_for(level: float) -> int:
    """Measurements below which signed ranks cannot pass at the level, however clear they are."""
    return math.ceil(-math.log2(level))


def needed(samples: Sequence[float], level: float) -> int | None:
    """Measurements with which both tests would pass at the level in four cases of five, were the mean and
    the noise as found. None: the mean is not above 0, or no affordable number would do."""
    middle, spread = mean(samples), standard_deviation(samples)
    if middle is None or spread is None or middle <= 0:
        return None
    fewest = max(2, fewest_for(level))
    if spread == 0:
        return fewest
    chance = NormalDist().inv_cdf(POWER)
    # With many measurements t is normal: from there up to the number that satisfies it is a short way.
    first = ((NormalDist().inv_cdf(1 - level) + chance) * spread / middle) ** 2
    if not first < MOST_PLANNED:
        return None
    for count in range(max(fewest, int(first)), MOST_PLANNED):
        if middle / spread * math.sqrt(count) >= two_sided_quantile(1 - 2 * level, count - 1) + chance:
            return count
    return None


def _doubled_ranks(sizes: Sequence[float]) -> list[int]:
    """Twice the rank of each, from 2 for the smallest, so that the mean rank of equals is whole."""
    places: dict[float, list[int]] = {}
    for place, size in enumerate(sorted(sizes), 1):
        places.setdefault(size, []).append(place)
    return [places[size][0] + places[size][-1] for size in sizes]
