"""Krippendorff's alpha: agreement of any number of raters, any of them missing, on any scale.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); Hayes & Krippendorff, Communication
Methods and Measures 1 (2007).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Literal

from agentkit.statistics.agreement import Rating

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: Sequence[Sequence[Rating]], level: Level = "nominal") -> float | None:
    """A row for each unit; None is a missing rating, and a unit with fewer than two is left out.

    None where nothing can disagree: fewer than two values, or all of them equal.
    """
    units = [Counter(each for each in row if each is not None) for row in ratings]
    units = [each for each in units if each.total() > 1]
    totals: Counter[float] = sum(units, Counter())
    if len(totals) < 2:
        return None
    if level == "nominal":
        observed = math.fsum(_differing(each) / (each.total() - 1) for each in units)
        expected = _differing(totals) / (totals.total() - 1)
    else:
        places = _middle_ranks(totals) if level == "ordinal" else {value: value for value in totals}
        observed = math.fsum(_squares(each, places) / (each.total() - 1) for each in units)
        expected = _squares(totals, places) / (totals.total() - 1)
    return 1 - observed / expected


def _differing(counts: Counter[float]) -> float:
    """Ordered pairs of values that are not the same."""
    return counts.total() ** 2 - sum(each * each for each in counts.values())


def _squares(counts: Counter[float], places: Mapping[float, float]) -> float:
    """The squared distances of all ordered pairs: 2·n·Σ(x − mean)², which loses no digits as Σx² would."""
    total = counts.total()
    middle = math.fsum(count * places[value] for value, count in counts.items()) / total
    return 2 * total * math.fsum(count * (places[value] - middle) ** 2 for value, count in counts.items())


def _middle_ranks(totals: Counter[float]) -> dict[float, float]:
    """An ordinal distance is the number of values between two, half of each end's own counted."""
    ordered = sorted(totals)
    sums = accumulate(totals[value] for value in ordered)
    return {value: upto - totals[value] / 2 for value, upto in zip(ordered, sums, strict=True)}
