"""The interquartile mean: the mean of the middle half, which neither a lucky run nor a dead one moves."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

CUT = 0.25


def interquartile_mean(values: Sequence[float]) -> float:
    """Of at least one value, in any order. ⌊n / 4⌋ values are cut at either end, as whole values.

    As rliable takes it (Agarwal et al., arXiv 2108.13264), that is, by `scipy.stats.trim_mean(values, 0.25)`.
    """
    cut = int(CUT * len(values))
    return fmean(sorted(values)[cut : len(values) - cut])
