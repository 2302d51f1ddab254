"""Intervals where units come in clusters that err alike: whole clusters are drawn again (Field & Welsh,
JRSS B 69, 2007; the percentile interval is Efron's, 1979).

With few clusters it is too narrow: below about twenty, read it as a lower bound of what is not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from agentkit.statistics.ratio import Array

DEFINED = 0.95
"""An interval needs the figure on so many of the resamples; else it would hold only where that is defined."""


def cluster_draws(totals: Array, resamples: int, seed: int) -> Array:
    """Sums over resampled clusters: `totals` is clusters × sums, the result resamples × sums.

    Every figure that is a function of sums is then had for all resamples at once.
    """
    clusters = len(totals)
    chance = np.random.default_rng(seed)
    times = chance.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples)
    return times.astype(np.float64) @ totals


def percentile_interval(figures: Array, level: float = 0.95) -> tuple[float, float] | None:
    """The middle `level` of resampled figures; None where too many of them are not defined (NaN)."""
    defined = figures[~np.isnan(figures)]
    if not len(figures) or len(defined) < DEFINED * len(figures):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cluster_interval(
    totals: Array,
    figure: Callable[[Array], Array],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Of `figure`, a function of the sums in the last axis. None with fewer than two clusters."""
    if len(totals) < 2:
        return None
    return percentile_interval(figure(cluster_draws(totals, resamples, seed)), level)


def spread(figures: Array) -> float:
    """The variance of resampled figures; NaN where too many are not defined."""
    defined = figures[~np.isnan(figures)]
    if len(defined) < max(2.0, DEFINED * len(figures)):
        return math.nan
    return float(np.var(defined, ddof=1))
