"""A root score without the errors that a judge is known to make.

Rogan and Gladen's correction (agentkit.statistics.rogan_gladen), weighted and kind by kind. It takes the
bias out and widens the spread, so it stands beside the raw score and never in its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeReport
from agentkit.judge.calibration.figures import COUNTS, Figure, Resampling, cluster_sums
from agentkit.judge.calibration.pairs import NO_KIND, PairedLeaf
from agentkit.statistics import classification
from agentkit.statistics.cluster_bootstrap import cluster_draws, spread

ALL = "all"
ENOUGH = 10
"""A kind has rates of its own from so many passed and so many failed leaves; else those of all serve."""
Marked = tuple[str, float, float]
"""A judged leaf: kind, share of the root, score."""


class Rates(Record):
    """How often a judge passes what people passed, and fails what they failed."""

    tpr: float
    tnr: float
    tpr_variance: float
    """Of the estimate, from resampled clusters."""
    tnr_variance: float


def rates_of(leaves: Sequence[PairedLeaf], how: Resampling) -> dict[str, Rates]:
    """By kind, and "all" for all together; a kind with too few leaves of either class is not there."""
    found = {}
    for kind in (ALL, *sorted({each.kind for each in leaves})):
        rates = _rates([each for each in leaves if kind in (ALL, each.kind)], how)
        if rates is not None:
            found[kind] = rates
    return found


def corrected_root(marked: Iterable[Marked], rates: Mapping[str, Rates], level: float = 0.95) -> Figure:
    """Value None where some leaf's rates are not known, or tell nothing apart.

    Kinds without rates of their own share those of all, and so their error.
    """
    strata: dict[str, list[tuple[float, float]]] = {}
    for kind, weight, score in marked:
        strata.setdefault(kind if kind in rates else ALL, []).append((weight, score))
    whole = math.fsum(weight for stratum in strata.values() for weight, _ in stratum)
    total, variance = 0.0, 0.0
    for kind, stratum in strata.items():
        of = rates.get(kind)
        if of is None or of.tpr + of.tnr <= 1:
            return Figure(value=None)
        share, noise = _stratum(stratum, of)
        total, variance = total + share, variance + noise
    if not whole:
        return Figure(value=None)
    value, deviation = total / whole, math.sqrt(variance) / whole
    half = NormalDist().inv_cdf((1 + level) / 2) * deviation
    low, value, high = (min(1.0, max(0.0, each)) for each in (value - half, value, value + half))
    return Figure(value=value, low=low, high=high)


def corrected_report(report: JudgeReport, rates: Mapping[str, Rates], level: float = 0.95) -> Figure:
    """Of a judging that no person has graded, by the rates of an earlier calibration."""
    graded = ((each.kind or NO_KIND, each.weight, each.score) for each in report.verdicts)
    return corrected_root(
        [(kind, weight, score) for kind, weight, score in graded if score is not None], rates, level
    )


def _stratum(leaves: Sequence[tuple[float, float]], of: Rates) -> tuple[float, float]:
    """The corrected weight that is passed, and its variance: of the verdicts and of the two rates."""
    tells = of.tpr + of.tnr - 1
    weight = math.fsum(each for each, _ in leaves)
    said = math.fsum(each * score for each, score in leaves)
    passed = (said - weight * (1 - of.tnr)) / tells
    share = min(1.0, max(0.0, passed / weight)) if weight else 0.0
    of_verdict = share * of.tpr * (1 - of.tpr) + (1 - share) * of.tnr * (1 - of.tnr)
    of_rates = share**2 * of.tpr_variance + (1 - share) ** 2 * of.tnr_variance
    squares = math.fsum(each * each for each, _ in leaves)
    return passed, (squares * of_verdict + weight**2 * of_rates) / tells**2


def _rates(leaves: Sequence[PairedLeaf], how: Resampling) -> Rates | None:
    totals = cluster_sums(leaves)
    counts = totals.sum(axis=0)[COUNTS]
    if len(totals) < 2 or min(counts[0] + counts[2], counts[1] + counts[3]) < ENOUGH:
        return None
    draws = cluster_draws(totals, how.resamples, how.seed)[..., COUNTS]
    variances = [spread(each(draws)) for each in RATE_FIGURES]
    if np.isnan(variances).any():
        return None
    tpr, tnr = (float(each(counts)) for each in RATE_FIGURES)
    return Rates(tpr=tpr, tnr=tnr, tpr_variance=variances[0], tnr_variance=variances[1])


RATE_FIGURES = (classification.true_positive_rate, classification.true_negative_rate)
