"""What a calibration says, of one kind of leaf or of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from agentkit.contracts.record import Record
from agentkit.judge.calibration.pairs import ORDER, PASSES_FROM, PairedLeaf
from agentkit.statistics import classification
from agentkit.statistics.calibration_error import expected_calibration_error
from agentkit.statistics.cluster_bootstrap import cluster_draws, percentile_interval
from agentkit.statistics.ratio import Array, ratio

STATED: Mapping[str, float] = {"low": 0.6, "medium": 0.8, "high": 0.95}
"""How often right each word is taken to claim: a convention of ours, which ECE and nothing else rests on."""
COUNTS = slice(0, 4)
LEAVES, ERROR, WEIGHT = 4, 5, 6
ANSWERS, CORRECT = slice(7, 10), slice(10, 13)
SUMS = 13


class Figure(Record):
    """A number with its interval; None: not defined on these leaves, or not known from so few clusters."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Resampling(Record):
    """How the intervals are had."""

    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


class KindFigures(Record):
    """`kind` is "all" for all together."""

    kind: str
    leaves: int
    """Graded by a person."""
    graded: int
    """Of these, by the judge too: all figures but coverage are over them."""
    clusters: int
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    figures: Mapping[str, Figure]
    """By the names of FIGURES."""
    confidence: Mapping[str, tuple[int, int]]
    """Of each stated confidence: how many answers, and how many of them right."""


def _root_error(sums: Array) -> Array:
    return ratio(sums[..., ERROR], sums[..., WEIGHT])


def _coverage(sums: Array) -> Array:
    return ratio(sums[..., COUNTS].sum(axis=-1), sums[..., LEAVES])


def _ece(sums: Array) -> Array:
    stated = [STATED[each] for each in ORDER]
    return expected_calibration_error(sums[..., ANSWERS], sums[..., CORRECT], stated)


FIGURES: Mapping[str, Callable[[Array], Array]] = {
    "coverage": _coverage,
    "accuracy": lambda sums: classification.accuracy(sums[..., COUNTS]),
    "macro_f1": lambda sums: classification.macro_f1(sums[..., COUNTS]),
    "macro_precision": lambda sums: classification.macro_precision(sums[..., COUNTS]),
    "macro_recall": lambda sums: classification.macro_recall(sums[..., COUNTS]),
    "tpr": lambda sums: classification.true_positive_rate(sums[..., COUNTS]),
    "tnr": lambda sums: classification.true_negative_rate(sums[..., COUNTS]),
    "kappa": lambda sums: classification.kappa(sums[..., COUNTS]),
    "root_error": _root_error,
    "ece": _ece,
}
"""Functions of sums over leaves, so that a resample of clusters costs one addition. `root_error` is judged
minus human, weighted by the leaves' shares of the root: positive is lenient."""


def kind_figures(kind: str, leaves: Sequence[PairedLeaf], how: Resampling) -> KindFigures:
    totals = cluster_sums(leaves)
    whole = totals.sum(axis=0)
    draws = cluster_draws(totals, how.resamples, how.seed) if len(totals) > 1 else np.zeros((0, SUMS))
    tp, fp, fn, tn = (int(each) for each in whole[COUNTS])
    return KindFigures(
        kind=kind,
        leaves=len(leaves),
        graded=tp + fp + fn + tn,
        clusters=len(totals),
        true_positives=tp,
        false_positives=fp,
        false_negatives=fn,
        true_negatives=tn,
        figures={name: _figure(of, whole, draws, how.level) for name, of in FIGURES.items()},
        confidence={
            word: (int(whole[ANSWERS][place]), int(whole[CORRECT][place])) for place, word in enumerate(ORDER)
        },
    )


def cluster_sums(leaves: Sequence[PairedLeaf]) -> Array:
    """Clusters × SUMS, in the order in which the clusters come."""
    places: dict[str, int] = {}
    for leaf in leaves:
        places.setdefault(leaf.cluster, len(places))
    totals = np.zeros((len(places), SUMS))
    for leaf in leaves:
        _count(leaf, totals[places[leaf.cluster]])
    return totals


def _count(leaf: PairedLeaf, row: Array) -> None:
    row[LEAVES] += 1
    if leaf.judged is None:
        return
    truth, said = leaf.human >= PASSES_FROM, leaf.judged >= PASSES_FROM
    row[COUNTS] += classification.confusion([(truth, said)])
    row[ERROR] += leaf.weight * (leaf.judged - leaf.human)
    row[WEIGHT] += leaf.weight
    if leaf.confidence is not None:
        place = ORDER.index(leaf.confidence)
        row[ANSWERS][place] += 1
        row[CORRECT][place] += truth == said


def _figure(of: Callable[[Array], Array], whole: Array, draws: Array, level: float) -> Figure:
    value = float(of(whole))
    if np.isnan(value):
        return Figure(value=None)
    interval = percentile_interval(of(draws), level)
    return Figure(value=value) if interval is None else Figure(value=value, low=interval[0], high=interval[1])
