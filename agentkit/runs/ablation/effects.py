"""Effects: what each edit is worth, seed by seed, and whether the edits act on each other.

All differences are of two versions on one seed, so what a seed does to both is taken out. An interval is
Student's over the seeds (`statistics.one_sided.mean_interval`); of a share of the way, Fieller's, which
carries the noise of the calibration, too (`statistics.fsr`). Tests of edits against each other are corrected
by Holm's rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric
from agentkit.runs.summarise import both_ends
from agentkit.statistics.fsr import explain_fraction
from agentkit.statistics.holm import holm
from agentkit.statistics.one_sided import mean_interval, t_test
from agentkit.statistics.record_rule import comparable
from agentkit.statistics.series import mean

LEVEL = 0.05
ROUNDING = 1e-9
"""Of the figures: what is smaller comes from computing with them."""

Gains = Mapping[int, float]
"""By seed, in the metric's unit, above 0 where it is better."""


class Estimated(Record):
    """A mean over seeds with its 95 % interval; without one where one seed says nothing of the noise."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class Effect(Record):
    """In the metric's unit, above 0 where it makes the work better, and as a share of start to reference."""

    gain: Estimated
    fsr: Estimated | None = None
    """None: the run was not calibrated, or the interval has no end."""


class Fate(Record):
    """How the evaluations of one version ended."""

    valid: int = 0
    invalid: int = 0
    failed: int = 0
    """Without a figure: crashed, out of time, flagged."""
    reason: str = ""
    """Of the first that was not valid."""

    @property
    def count(self) -> int:
        return self.valid + self.invalid + self.failed


def fate_of(outcomes: Mapping[int, Outcome], metric: Metric) -> Fate:
    figures = {seed: comparable(metric, each) for seed, each in outcomes.items()}
    bad = [each for seed, each in outcomes.items() if each.status != "valid" or not figures[seed]]
    return Fate(
        valid=len(outcomes) - len(bad),
        invalid=sum(figures[seed] for seed, each in outcomes.items() if each.status != "valid"),
        failed=sum(not each for each in figures.values()),
        reason=f"{bad[0].status}: {bad[0].reason}".rstrip(": ") if bad else "",
    )


def figures_of(outcomes: Mapping[int, Outcome], metric: Metric) -> Gains:
    """Higher is better. One that missed a rule counts with its figure; one without a figure does not."""
    sign = -1 if metric.lower_is_better else 1
    return {
        seed: sign * each.metrics[metric.name] for seed, each in outcomes.items() if comparable(metric, each)
    }


def difference(better: Gains, worse: Gains) -> Gains:
    """On the seeds that both have; what is mere rounding is 0."""
    found = {}
    for seed in sorted(better.keys() & worse.keys()):
        gap = better[seed] - worse[seed]
        found[seed] = gap if abs(gap) > ROUNDING * (abs(better[seed]) + abs(worse[seed])) else 0.0
    return found


def total(parts: Sequence[Gains]) -> Gains:
    """The sum on the seeds that all of them have."""
    seeds = set.intersection(*(set(each) for each in parts)) if parts else set()
    return {seed: math.fsum(each[seed] for each in parts) for seed in sorted(seeds)}


def estimated(gains: Gains) -> Estimated | None:
    """None without a seed."""
    values = list(gains.values())
    middle = mean(values)
    if middle is None:
        return None
    around = mean_interval(values, LEVEL / 2)
    low, high = (each if math.isfinite(each) else None for each in (around.low, around.high))
    return Estimated(value=middle, low=low, high=high, n=len(values))


def effect_of(gains: Gains, calibration: Calibration | None, metric: Metric) -> Effect | None:
    gain = estimated(gains)
    return None if gain is None else Effect(gain=gain, fsr=share_of_way(gains, calibration, metric))


def share_of_way(gains: Gains, calibration: Calibration | None, metric: Metric) -> Estimated | None:
    """The gain divided by that of the reference over the start.

    d / G is the fraction that −d recovers between a start of 0 and a target of −G: hence Fieller's interval.
    """
    if calibration is None or not gains:
        return None
    sign = 1 if metric.lower_is_better else -1
    start, target = both_ends(calibration, metric)
    gaps = [sign * (first - second) for first, second in zip(start, target, strict=True)]
    values = list(gains.values())
    recovery = explain_fraction(
        [0.0] * len(gaps), [-each for each in gaps], [-each for each in values], paired=True
    )
    if recovery.estimate is None:
        return None
    low, high = recovery.interval if recovery.interval and len(values) > 1 else (None, None)
    return Estimated(value=recovery.estimate.value, low=low, high=high, n=len(values))


def two_sided(gains: Gains) -> float:
    """p of the null hypothesis that their mean is 0; 1 for fewer than two."""
    values = list(gains.values())
    return min(1.0, 2 * min(t_test(values), t_test([-each for each in values])))


def stand_out(gaps: Mapping[str, Gains]) -> frozenset[str]:
    """Those whose mean is not 0, at `LEVEL` for all of them together."""
    names = [name for name, each in gaps.items() if len(each) > 1]
    adjusted = holm([two_sided(gaps[name]) for name in names])
    return frozenset(name for name, p in zip(names, adjusted, strict=True) if p < LEVEL)
