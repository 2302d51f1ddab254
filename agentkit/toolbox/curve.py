"""Curve: one figure over the steps of a run, in bounded memory, however many points come."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

POINTS = 40
"""A model is shown at most so many."""
SMOOTHING = 0.1
"""Weight of a new point in the running mean."""
MARGIN = 0.05
"""Of the way it has come: a mean that has lost so much of it again, and keeps it lost, has diverged."""
NOISES = 4.0
"""And at least so many mean deviations from its running mean."""
RECENT = 10
"""Points at the end that a run is compared by."""
LASTING = 5
"""Points that a divergence must have lasted."""
UPWARD = re.compile(
    r"acc|score|reward|return|mfu|tok|throughput|per_s|/s$|speed|auc|f1|bleu|iou|map$|hit|win"
)
"""Figures of which more is better; of any other, less is."""


@dataclass
class Bucket:
    """Neighbouring points, as one. `total` and `count` are of finite values only."""

    last: float
    """Step."""
    total: float
    count: int
    points: int

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else math.nan

    def joined(self, other: Bucket) -> Bucket:
        count, points = self.count + other.count, self.points + other.points
        return Bucket(other.last, self.total + other.total, count, points)


Point = tuple[float, float]
"""A step and the value there."""
NOWHERE: Point = (math.nan, math.nan)


@dataclass
class Curve:
    """`add` each point in the order it came."""

    name: str
    count: int = 0
    last: Point = NOWHERE
    best: Point = NOWHERE
    """The best finite one; the first of equals."""
    turned: Point = NOWHERE
    """Where the running mean was best, and that mean."""
    non_finite: Point | None = None
    """The first value that was no number."""
    buckets: list[Bucket] = field(default_factory=list)
    recent: deque[Point] = field(default_factory=lambda: deque(maxlen=RECENT))
    """The last finite ones."""
    _width: int = 1
    _mean: float = math.nan
    _noise: float = 0.0
    _first: float = math.nan
    _lost_at: float | None = None
    _lost_for: int = 0

    def __post_init__(self) -> None:
        self.lower_is_better = UPWARD.search(self.name) is None

    def add(self, step: float, value: float) -> None:
        self.count += 1
        self.last = (step, value)
        finite = math.isfinite(value)
        if finite:
            self.recent.append(self.last)
        elif self.non_finite is None:
            self.non_finite = self.last
        if finite and (self.best is NOWHERE or self._better(value, self.best[1])):
            self.best = self.last
        self._bucket(step, value if finite else 0.0, finite)
        self._watch(step, value, finite)

    @property
    def diverged_at(self) -> float | None:
        """The step from which on it was worse than it had been, for good, as far as is known."""
        if self._lost_at is not None and self._lost_for >= LASTING:
            return self._lost_at
        if self.non_finite is not None and not math.isfinite(self.last[1]):
            return self.non_finite[0]
        return None

    @property
    def constant(self) -> bool:
        """A setting rather than a figure: it never changed in many points."""
        values = {each.mean for each in self.buckets}
        return (
            self.count > 3
            and self.non_finite is None
            and max(values) - min(values) <= 1e-9 * abs(max(values))
        )

    def points(self, most: int = POINTS) -> list[Point]:
        """Means of equally many neighbouring points, at most `most`, the last step as each one's own."""
        buckets = self.buckets
        while len(buckets) > most:
            buckets = joined_in_pairs(buckets)
        return [(each.last, each.mean) for each in buckets]

    def slope(self) -> float | None:
        """Per step, by least squares over the last third of the points; None where two are not there."""
        points = [each for each in self.points(2 * POINTS) if math.isfinite(each[1])]
        points = points[-max(3, len(points) // 3) :]
        if len(points) < 2:
            return None
        step = sum(each[0] for each in points) / len(points)
        value = sum(each[1] for each in points) / len(points)
        spread = sum((each[0] - step) ** 2 for each in points)
        if not spread:
            return None
        return sum((each[0] - step) * (each[1] - value) for each in points) / spread

    def at(self, step: float) -> float | None:
        """The value there, between the points about it; None outside of the curve."""
        points = [each for each in self.points(2 * POINTS) if math.isfinite(each[1])]
        for before, after in pairwise(points):
            if before[0] <= step <= after[0]:
                share = (step - before[0]) / (after[0] - before[0] or 1.0)
                return before[1] + share * (after[1] - before[1])
        return None

    def _better(self, value: float, other: float) -> bool:
        return value < other if self.lower_is_better else value > other

    def _bucket(self, step: float, value: float, finite: bool) -> None:
        if self.buckets and self.buckets[-1].points < self._width:
            last = self.buckets[-1]
            last.last = step
            last.total += value
            last.count += finite
            last.points += 1
            return
        if len(self.buckets) >= 2 * POINTS:
            self.buckets = joined_in_pairs(self.buckets)
            self._width *= 2
        self.buckets.append(Bucket(step, value, int(finite), 1))

    def _watch(self, step: float, value: float, finite: bool) -> None:
        """Keep the running mean, and since when it has been worse than its best by the margin."""
        if finite and self.turned is NOWHERE:
            self._mean = self._first = value
            self.turned = (step, value)
        elif finite:
            self._noise += SMOOTHING * (abs(value - self._mean) - self._noise)
            self._mean += SMOOTHING * (value - self._mean)
            if self._better(self._mean, self.turned[1]):
                self.turned = (step, self._mean)
        if finite:
            best = self.turned[1]
            lost = abs(self._mean - best) > max(MARGIN * abs(self._first - best), NOISES * self._noise, 1e-9)
        if not finite or lost:
            self._lost_at = step if self._lost_at is None else self._lost_at
            self._lost_for += 1
        else:
            self._lost_at, self._lost_for = None, 0


def joined_in_pairs(buckets: list[Bucket]) -> list[Bucket]:
    pairs = zip(buckets[::2], [*buckets[1::2], None], strict=False)
    return [first.joined(second) if second is not None else first for first, second in pairs]
