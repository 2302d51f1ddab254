"""GRIM, the granularity test: which percentages can so many yes-or-no outcomes come to at all?

Brown and Heathers, Social Psychological and Personality Science 8 (2017). Of 100 problems no share is 6.8 %.
"""

from __future__ import annotations

import math
from fractions import Fraction


def grim_consistent(percent: float, n: int, decimals: int) -> bool:
    """Whether some k of `n` is `percent` when it is written with that many decimals.

    A share that lies half-way may have been rounded either way. Raises ValueError for an `n` below 1,
    negative `decimals` or a `percent` that is not finite.
    """
    if n < 1 or decimals < 0 or not math.isfinite(percent):
        raise ValueError(f"no granularity test of {percent} with n={n} and {decimals} decimals")
    if not 0 <= percent <= 100:
        return False
    # As written: the float nearest to 6.7 is not 6.7.
    written = Fraction(repr(float(percent)))
    half = Fraction(1, 2 * 10**decimals)
    nearest = round(written * n / 100)
    return any(abs(Fraction(100 * k, n) - written) <= half for k in (nearest - 1, nearest, nearest + 1))
