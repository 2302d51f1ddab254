"""Student's t distribution: tail and two-sided quantile, for real degrees of freedom.

P(|T| > t) = I_x(ν/2, 1/2) with x = ν / (ν + t²), I the regularised incomplete beta function
(NIST Digital Library of Mathematical Functions, §8.17; Abramowitz & Stegun 26.5.27 and 26.7.1).
"""

from __future__ import annotations

import math
from statistics import NormalDist

EXPANSION_FROM = 1e5
"""Degrees of freedom from which expansions in 1/ν are used; at this point they agree to 1e-9."""
MAX_FRACTION_STEPS = 10_000
MAX_NEWTON_STEPS = 200
TINY = 1e-300


def two_sided_tail(t: float, freedom: float) -> float:
    """P(|T| > t) for t ≥ 0."""
    _check_freedom(freedom)
    if t < 0:
        raise ValueError(f"t must not be negative, found {t!r}")
    if math.isinf(t):
        return 0.0
    if freedom >= EXPANSION_FROM:
        # A&S 26.7.8; the gamma functions of large arguments would lose digits in their difference.
        return math.erfc(t * (1 - 1 / (4 * freedom)) / math.sqrt(2 + t * t / freedom))
    square = t * t
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square))


def two_sided_quantile(level: float, freedom: float) -> float:
    """The t with P(|T| ≤ t) = level: 0.95 and 4 give 2.776. Infinite `freedom` means the normal."""
    _check_freedom(freedom)
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, found {level!r}")
    outside = 1 - level
    normal = -NormalDist().inv_cdf(outside / 2)
    if freedom >= EXPANSION_FROM:
        return _expand(normal, freedom)
    # Newton on log tail as a function of log t, which is decreasing and concave: from the second
    # point on it comes down to the root from one side, so it needs no bracket.
    t = normal
    for _ in range(MAX_NEWTON_STEPS):
        tail = two_sided_tail(t, freedom)
        steepness = 2 * t * density(t, freedom) / tail
        step = math.log(tail / outside) / steepness
        t *= math.exp(step)
        if abs(step) < 1e-12:
            break
    return t


def density(t: float, freedom: float) -> float:
    """Of Student's t, finite degrees of freedom."""
    constant = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    bell = -(freedom + 1) / 2 * math.log1p(t * t / freedom)
    return math.exp(constant + bell) / math.sqrt(freedom * math.pi)


def incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """I_x(a, b), regularised; `rest` is 1 − x, given apart because near x = 1 the difference loses digits."""
    if x <= 0:
        return 0.0
    if rest <= 0:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, x) / a
    return 1 - front * _continued_fraction(b, a, rest) / b


def _continued_fraction(a: float, b: float, x: float) -> float:
    """DLMF 8.17.22 by the modified Lentz method; converges in about √max(a, b) steps."""
    numerator = 1.0
    denominator = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, MAX_FRACTION_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            denominator = 1 / _not_zero(1 + term * denominator)
            numerator = _not_zero(1 + term / numerator)
            change = numerator * denominator
            value *= change
        if abs(change - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY


def _expand(z: float, freedom: float) -> float:
    """Abramowitz & Stegun 26.7.5, three terms; what is left out is of order ν⁻³."""
    if math.isinf(freedom):
        return z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2


def _check_freedom(freedom: float) -> None:
    if not freedom > 0:
        raise ValueError(f"degrees of freedom must be positive, found {freedom!r}")
