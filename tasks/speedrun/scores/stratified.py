"""The mean over a fixed set of tasks, each with its own few runs, and the interval of that mean.

The tasks are the benchmark, not a sample of other tasks: only runs are drawn. So the variance is that of a
stratified mean, Σ sₜ²/nₜ / T², and Student's t has the effective degrees of freedom of Satterthwaite
(W. G. Cochran, Sampling Techniques, 3rd ed. 1977, §5.4). A t interval over the means of tasks would be for
tasks drawn at random, and mostly show that records differ. A percentile bootstrap that draws runs within
tasks (Agarwal et al., arXiv 2108.13264) aims at the same as this; but of n runs it sees (n − 1)/n of the
variance, a third too little at three, and none at all where a task has a single run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from agentkit.statistics.series import variance
from agentkit.statistics.student import two_sided_quantile


def stratified_mean(tasks: Sequence[Sequence[float]]) -> float:
    """The mean over tasks of each one's mean over runs: a task weighs the same however often it was run."""
    return fmean(fmean(runs) for runs in tasks)


def stratified_interval(
    tasks: Sequence[Sequence[float]], *, level: float = 0.95
) -> tuple[float, float] | None:
    """None if no task has two runs: then nothing is known of the noise, and a width of 0 would be a claim.

    A task with one run is given the variance pooled from the tasks with more: an assumption.
    """
    spreads = [(spread, len(runs)) for runs in tasks if (spread := variance(runs)) is not None]
    if not spreads:
        return None
    pooled_freedom = sum(count - 1 for _, count in spreads)
    single = len(tasks) - len(spreads)
    # As a weighted sum of independent variances, so that what is borrowed is not counted as known twice.
    parts = [
        (spread * (1 / count + single * (count - 1) / pooled_freedom) / len(tasks) ** 2, count - 1)
        for spread, count in spreads
    ]
    middle = stratified_mean(tasks)
    total = math.fsum(part for part, _ in parts)
    if total == 0:
        return middle, middle
    freedom = 1 / math.fsum((part / total) ** 2 / each for part, each in parts)
    half = two_sided_quantile(level, freedom) * math.sqrt(total)
    return middle - half, middle + half
