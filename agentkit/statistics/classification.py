"""Figures of a yes-or-no decision against the truth, from its four counts.

Counts are an array whose last axis is (true positives, false positives, false negatives, true negatives);
the axes before it are free, so that thousands of resamples cost one call. NaN: not defined on these counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from agentkit.statistics.ratio import Array, ratio

_OfClass = Callable[[Array, Array, Array], Array]
"""Of one class: its hits, what was wrongly called so, what of it was missed."""


def confusion(pairs: Iterable[tuple[bool, bool]]) -> Array:
    """Of (truth, said) pairs."""
    counts = Counter(pairs)
    order = ((True, True), (False, True), (True, False), (False, False))
    return np.array([counts[each] for each in order], dtype=np.float64)


def accuracy(counts: Array) -> Array:
    return ratio(counts[..., 0] + counts[..., 3], counts.sum(axis=-1))


def true_positive_rate(counts: Array) -> Array:
    """Also: sensitivity, recall of the positive class."""
    return ratio(counts[..., 0], counts[..., 0] + counts[..., 2])


def true_negative_rate(counts: Array) -> Array:
    """Also: specificity, recall of the negative class."""
    return ratio(counts[..., 3], counts[..., 3] + counts[..., 1])


def precision(counts: Array) -> Array:
    return ratio(counts[..., 0], counts[..., 0] + counts[..., 1])


def macro_f1(counts: Array) -> Array:
    """The mean of both classes' F1, as scikit-learn has it: a class that neither occurs nor is said is left
    out, one that is always missed has 0."""
    return _mean_of_classes(counts, lambda tp, fp, fn: ratio(2 * tp, 2 * tp + fp + fn))


def macro_precision(counts: Array) -> Array:
    """As `macro_f1`; a class that is never said has 0."""
    return _mean_of_classes(counts, lambda tp, fp, fn: np.nan_to_num(ratio(tp, tp + fp)))


def macro_recall(counts: Array) -> Array:
    """As `macro_f1`; a class that never occurs but is said has 0."""
    return _mean_of_classes(counts, lambda tp, fp, fn: np.nan_to_num(ratio(tp, tp + fn)))


def kappa(counts: Array) -> Array:
    """Cohen's; for more than two values see agentkit.statistics.agreement."""
    tp, fp, fn, tn = (counts[..., place] for place in range(4))
    missed = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
    return ratio(2 * (tp * tn - fp * fn), missed)


def _mean_of_classes(counts: Array, figure: _OfClass) -> Array:
    tp, fp, fn, tn = (counts[..., place] for place in range(4))
    values = np.stack([figure(tp, fp, fn), figure(tn, fn, fp)])
    present = np.stack([tp + fp + fn > 0, tn + fn + fp > 0])
    return ratio(np.where(present, values, 0.0).sum(axis=0), present.sum(axis=0))
