"""Signed ranks (Wilcoxon, 1945): whether paired differences lie evenly around zero.

It holds for any noise, as long as a difference is as likely to be positive as negative where nothing
differs: that is so where the order within each pair is drawn by chance. Ranks are capped, since a run that
was disturbed makes the largest differences of all, and says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

CAP = 0.25
"""No difference has more weight than the one that so many, as a share, are smaller than."""
EXACT = 60
"""Up to so many differences the distribution is counted out."""


def signed_rank_p(differences: Sequence[float]) -> float:
    """Two-sided. Differences of zero are left out; 1 where none is left. ValueError for NaN."""
    if any(math.isnan(each) for each in differences):
        raise ValueError("a difference is NaN")
    kept = sorted((each for each in differences if each), key=abs)
    if not kept:
        return 1.0
    ranks = weights([abs(each) for each in kept])
    positive = sum(rank for rank, each in zip(ranks, kept, strict=True) if each > 0)
    total = sum(ranks)
    extreme = min(positive, total - positive)
    if len(kept) > EXACT:
        deviation = math.sqrt(sum(rank * rank for rank in ranks)) / 2
        return min(1.0, math.erfc(max(total / 2 - extreme - 1, 0) / deviation / math.sqrt(2)))
    counts = [1] + [0] * total
    for rank in ranks:
        for value in range(total, rank - 1, -1):
            counts[value] += counts[value - rank]
    return min(1.0, 2 * sum(counts[: extreme + 1]) / 2.0 ** len(kept))


def weights(ordered: Sequence[float]) -> list[int]:
    """The doubled ranks of ascending values, capped."""
    most = 2 * math.ceil(CAP * len(ordered))
    return [min(rank, most) for rank in doubled_ranks(ordered)]


def doubled_ranks(ordered: Sequence[float]) -> list[int]:
    """Of ascending values, times two so that the middle rank of equal ones is a whole number."""
    ranks: list[int] = []
    for _, group in groupby(ordered):
        count = len(list(group))
        first = len(ranks) + 1
        ranks += [2 * first + count - 1] * count
    return ranks
