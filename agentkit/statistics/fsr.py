"""Fraction of the speed-up recovered: where a candidate lies between the start (0) and the target (1).

FSR = (start − candidate) / (start − target), of means (arXiv 2506.22419, eq. 1). Its interval is Fieller's
(E. C. Fieller, JRSS B 16, 1954): all ρ that a t test does not refute, where the test asks whether
L(ρ) = (1 − ρ)·start + ρ·target − candidate is 0. Degrees of freedom are Welch and Satterthwaite's
(Biometrika 34, 1947), taken at the estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.contracts.calibration import Estimate
from agentkit.statistics.series import mean, variance
from agentkit.statistics.student import two_sided_quantile


@dataclass(frozen=True)
class Recovery:
    """A fraction, or why there is none; `note` also says why an interval is unbounded or borrowed."""

    estimate: Estimate | None
    note: str = ""

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where it is bounded; JSON has no way to write an infinite one."""
        if self.estimate is None or not math.isfinite(self.estimate.low):
            return None
        return self.estimate.low, self.estimate.high


def fraction_recovered(
    start: Sequence[float],
    target: Sequence[float],
    candidate: Sequence[float],
    *,
    level: float = 0.95,
    paired: bool = False,
    lower_is_better: bool = True,
) -> Estimate | None:
    """`explain_fraction` without its note."""
    return explain_fraction(
        start, target, candidate, level=level, paired=paired, lower_is_better=lower_is_better
    ).estimate


def explain_fraction(
    start: Sequence[float],
    target: Sequence[float],
    candidate: Sequence[float],
    *,
    level: float = 0.95,
    paired: bool = False,
    lower_is_better: bool = True,
) -> Recovery:
    """The fraction with an interval that carries the noise of all three means.

    `paired`: `start[i]` and `target[i]` share a seed, so their covariance counts.
    No estimate: a series is empty, or the target is not better than the start.
    An interval of (−inf, inf): the gap is within its own noise, or one of its ends was measured once.
    A single candidate measurement is given the pooled scatter of start and target: an assumption.
    `Estimate.n` counts the candidate's measurements.
    """
    if paired and len(start) != len(target):
        raise ValueError(f"pairs need as many starts as targets, found {len(start)} and {len(target)}")
    ends = mean(start), mean(target), mean(candidate)
    if ends[0] is None or ends[1] is None or ends[2] is None:
        empty = ("start", "target", "candidate")[ends.index(None)]
        return Recovery(None, f"there is no measurement of the {empty}")
    gap = ends[0] - ends[1]
    if (gap if lower_is_better else -gap) <= 0:
        return Recovery(None, "the target is not better than the start in the mean")
    value = (ends[0] - ends[2]) / gap
    unbounded = Estimate(value=value, low=-math.inf, high=math.inf, n=len(candidate))
    if len(start) < 2 or len(target) < 2:
        return Recovery(unbounded, "an end that was measured once has no known noise")
    noise = _paired_noise(start, target, value) if paired else _free_noise(start, target, value)
    whole, freedom, note = _with_candidate(noise, candidate)
    quantile = two_sided_quantile(level, freedom)
    bounds = _fieller(value, gap, noise, whole, quantile**2)
    if bounds is None:
        return Recovery(unbounded, "the gap between start and target is within its own noise")
    return Recovery(Estimate(value=value, low=bounds[0], high=bounds[1], n=len(candidate)), note)


@dataclass(frozen=True)
class _EndsNoise:
    """What the two ends add to the variance of L at ρ, and how that changes with ρ."""

    parts: tuple[tuple[float, int], ...]
    """Independent parts of that variance, each with its degrees of freedom."""
    slope: float
    """Half of its derivative at ρ."""
    of_gap: float
    """Variance of the gap between the means: half of its second derivative."""
    pooled: float
    """Variance of a single measurement, the mean of both ends'."""
    pooled_freedom: int


def _paired_noise(start: Sequence[float], target: Sequence[float], share: float) -> _EndsNoise:
    n = len(start)
    gaps = [first - second for first, second in zip(start, target, strict=True)]
    blend = [(1 - share) * first + share * second for first, second in zip(start, target, strict=True)]
    of_gap, of_start, of_target = _spread(gaps) / n, _spread(start) / n, _spread(target) / n
    # cov(start, gap) = (var start + var gap − var target) / 2
    slope = share * of_gap - (of_start + of_gap - of_target) / 2
    pooled = (of_start + of_target) * n / 2
    # What a seed does to both ends is seen once, not twice: n − 1 degrees of freedom, not 2n − 2.
    return _EndsNoise(((_spread(blend) / n, n - 1),), slope, of_gap, pooled, n - 1)


def _free_noise(start: Sequence[float], target: Sequence[float], share: float) -> _EndsNoise:
    of_start, of_target = _spread(start) / len(start), _spread(target) / len(target)
    parts = (((1 - share) ** 2 * of_start, len(start) - 1), (share**2 * of_target, len(target) - 1))
    pooled = (_spread(start) + _spread(target)) / 2
    slope = share * of_target - (1 - share) * of_start
    return _EndsNoise(parts, slope, of_start + of_target, pooled, min(len(start), len(target)) - 1)


def _spread(values: Sequence[float]) -> float:
    return variance(values) or 0.0


def _with_candidate(noise: _EndsNoise, candidate: Sequence[float]) -> tuple[float, float, str]:
    """The variance of L, its degrees of freedom, and what was assumed."""
    own = variance(candidate)
    note = ""
    if own is None:
        note = "the candidate was measured once; its scatter is taken to be that of the ends"
        parts = [*noise.parts, (noise.pooled, noise.pooled_freedom)]
    else:
        parts = [*noise.parts, (own / len(candidate), len(candidate) - 1)]
    total = math.fsum(part for part, _ in parts)
    if total == 0:
        return 0.0, min(each for _, each in parts), note
    # As shares of the total, so that tiny variances do not vanish when squared.
    return total, 1 / math.fsum((part / total) ** 2 / each for part, each in parts), note


def _fieller(
    value: float, gap: float, noise: _EndsNoise, total: float, square: float
) -> tuple[float, float] | None:
    """The ρ = value + x with gap²·x² ≤ square·(total + 2·slope·x + of_gap·x²); None: no bounded set."""
    leading = gap**2 - square * noise.of_gap
    if leading <= 0:
        return None
    tilt = square * noise.slope
    root = math.sqrt(tilt**2 + leading * square * total)
    return value + min(0.0, (tilt - root) / leading), value + max(0.0, (tilt + root) / leading)
