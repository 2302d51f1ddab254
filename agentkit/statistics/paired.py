"""The gap between two ends measured in pairs of equal seeds, and whether it stands out of its noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.statistics.series import mean, standard_error

MEASURABLE_FROM = 3.0
"""Standard errors. A rule for every machine, not a test at a level: with two pairs it is weaker than 95 %."""


@dataclass(frozen=True)
class PairedGap:
    """What is not known with so few pairs is None."""

    mean: float | None
    """Positive: the target is better than the start."""
    standard_error: float | None
    in_errors: float | None
    """`mean` divided by its standard error; ±inf where every pair has the same gap."""
    n: int
    measurable: bool


def paired_gap(pairs: Sequence[tuple[float, float]], *, lower_is_better: bool = True) -> PairedGap:
    """Of (start, target) pairs. Pairing takes out what a seed does to both ends alike."""
    sign = 1 if lower_is_better else -1
    gaps = [sign * (start - target) for start, target in pairs]
    middle, error = mean(gaps), standard_error(gaps)
    in_errors = None if middle is None or error is None else _quotient(middle, error)
    measurable = in_errors is not None and in_errors >= MEASURABLE_FROM
    return PairedGap(middle, error, in_errors, len(gaps), measurable)


def _quotient(gap: float, error: float) -> float:
    if error > 0:
        return gap / error
    return math.copysign(math.inf, gap) if gap else 0.0
