"""How far raters agree beyond chance.

A table of ratings has a row for each unit and a place for each rater; None: this rater said nothing of it.
Every figure is None where it is not defined, most often because only one value was ever given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

Rating = float | None
Ratings = Sequence[Sequence[Rating]]
Weighting = Literal["none", "linear", "quadratic"]


def cohen_kappa(
    first: Sequence[Rating], second: Sequence[Rating], weighting: Weighting = "none"
) -> float | None:
    """Of two raters, over the units both rated (Cohen, 1960; weighted: Cohen, 1968).

    A weighted disagreement grows with the distance of the two values' positions among all values given,
    or with its square.
    """
    both = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    position = {
        value: number for number, value in enumerate(sorted({each for pair in both for each in pair}))
    }
    one = Counter(position[a] for a, _ in both)
    other = Counter(position[b] for _, b in both)
    # Whole numbers until the one division: undefined is then exactly undefined.
    observed = sum(_distance(position[a], position[b], weighting) for a, b in both) * len(both)
    expected = sum(
        _distance(a, b, weighting) * here * there for a, here in one.items() for b, there in other.items()
    )
    return 1 - observed / expected if expected else None


def pairwise_kappa(ratings: Ratings, weighting: Weighting = "none") -> Mapping[tuple[int, int], float | None]:
    """Cohen's kappa of every two raters, by their places."""
    return {
        (i, j): cohen_kappa([row[i] for row in ratings], [row[j] for row in ratings], weighting)
        for i, j in combinations(range(_raters(ratings)), 2)
    }


def fleiss_kappa(ratings: Ratings) -> float | None:
    """Of any number of raters (Fleiss, 1971), not the same number for each unit.

    Where they differ, every unit weighs the same: Gwet, Handbook of Inter-Rater Reliability, 2014, §2.
    """
    counts = [Counter(each for each in row if each is not None) for row in ratings]
    counts = [each for each in counts if each]
    agreed = [_agreeing_pairs(each) for each in counts if each.total() > 1]
    values = {value for each in counts for value in each}
    if not agreed or len(values) < 2:
        return None
    observed = math.fsum(agreed) / len(agreed)
    shares = [math.fsum(each[value] / each.total() for each in counts) / len(counts) for value in values]
    expected = math.fsum(share * share for share in shares)
    return (observed - expected) / (1 - expected)


def flip_rate(samples: Ratings) -> float | None:
    """How often two answers of the same judge to the same question differ: the mean over the units.

    A row holds the samples of one unit. The complement of Fleiss' observed agreement.
    """
    counts = [Counter(each for each in row if each is not None) for row in samples]
    differing = [1 - _agreeing_pairs(each) for each in counts if each.total() > 1]
    return math.fsum(differing) / len(differing) if differing else None


def leniency(ratings: Ratings) -> list[float | None]:
    """Of each rater: how much more it gives than the mean of the others, over the units rated by both."""
    return [_leniency_of(place, ratings) for place in range(_raters(ratings))]


def _leniency_of(place: int, ratings: Ratings) -> float | None:
    more: list[float] = []
    for row in ratings:
        own = row[place]
        others = [each for number, each in enumerate(row) if number != place and each is not None]
        if own is not None and others:
            more.append(own - math.fsum(others) / len(others))
    return math.fsum(more) / len(more) if more else None


def _agreeing_pairs(counts: Counter[float]) -> float:
    """The share of a unit's pairs of ratings that are equal."""
    total = counts.total()
    return sum(each * (each - 1) for each in counts.values()) / (total * (total - 1))


def _distance(a: int, b: int, weighting: Weighting) -> int:
    if weighting == "none":
        return int(a != b)
    return abs(a - b) if weighting == "linear" else (a - b) ** 2


def _raters(ratings: Ratings) -> int:
    widths = {len(row) for row in ratings}
    if len(widths) > 1:
        raise ValueError(f"every row of ratings has a place for each rater, found {sorted(widths)}")
    return widths.pop() if widths else 0
