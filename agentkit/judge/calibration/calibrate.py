"""Measure a judge against people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from agentkit.contracts.record import Record
from agentkit.errors import UsageError
from agentkit.judge.calibration.correction import ALL, Rates, corrected_root, rates_of
from agentkit.judge.calibration.figures import Figure, KindFigures, Resampling, kind_figures
from agentkit.judge.calibration.pairs import PASSES_FROM, Pair, PairedLeaf
from agentkit.statistics import classification
from agentkit.statistics.ratio import Array

FORMAT = 1


class Floor(Record):
    """What a judge reaches that reads nothing."""

    name: str
    accuracy: float | None
    macro_f1: float | None
    kappa: float | None


class Root(Record):
    """One judging's score of the whole, over the leaves that both graded, flat."""

    submission: str
    judging: str
    human: float | None
    judged: float | None
    """None where both graded nothing."""
    coverage: float
    """Share of the weight that people graded."""
    corrected: Figure
    own_rates: bool
    """The correction's rates are from these very leaves, and it proves nothing; else from other ones."""


class CalibrationReport(Record):
    """Everything that is needed to say how far a judge may be believed, and to correct a later root."""

    format: int = FORMAT
    kinds: tuple[KindFigures, ...]
    """All together first, then each kind by name."""
    floors: tuple[Floor, ...]
    roots: tuple[Root, ...]
    rates: Mapping[str, Rates]
    resampling: Resampling
    notes: tuple[str, ...] = ()

    def figure(self, kind: str, name: str) -> float | None:
        """None where there is no leaf of that kind, or the figure is not defined."""
        of = [each for each in self.kinds if each.kind == kind]
        return of[0].figures[name].value if of else None


def calibrate(pairs: Sequence[Pair], how: Resampling | None = None) -> CalibrationReport:
    """Of all pairs pooled, as JudgeEval does. UsageError without any."""
    if not pairs:
        raise UsageError("There is nothing to calibrate with: no report and no grades by a person.")
    how = how or Resampling()
    leaves = [each for pair in pairs for each in pair.leaves]
    kinds = sorted({each.kind for each in leaves})
    return CalibrationReport(
        kinds=(
            kind_figures(ALL, leaves, how),
            *(kind_figures(kind, [each for each in leaves if each.kind == kind], how) for kind in kinds),
        ),
        floors=floors(leaves),
        roots=tuple(_root(each, pairs, how) for each in pairs),
        rates=rates_of(leaves, how),
        resampling=how,
        notes=tuple(f"{pair.judging}: {note}" for pair in pairs for note in pair.notes),
    )


def shortfalls(
    report: CalibrationReport, *, min_kappa: float | None = None, min_code_tnr: float | None = None
) -> tuple[str, ...]:
    """Why the judge is not good enough, in sentences; none: it is. What is not defined falls short."""
    asked = (("kappa", ALL, "kappa", min_kappa), ("TNR of code leaves", "code", "tnr", min_code_tnr))
    found = []
    for label, kind, name, least in asked:
        value = report.figure(kind, name)
        if least is not None and (value is None or value < least):
            is_now = "not defined on these leaves" if value is None else f"{value:.3f}"
            found.append(f"{label}: {is_now}, asked for at least {least:g}")
    return tuple(found)


def floors(leaves: Sequence[PairedLeaf]) -> tuple[Floor, ...]:
    """Of the coin the figures of its expected counts; both over every leaf that a person graded."""
    truths = [(each.human >= PASSES_FROM, each.kind == "code") for each in leaves]
    positive = sum(truth for truth, _ in truths)
    coin = np.array([positive, len(truths) - positive, positive, len(truths) - positive]) / 2
    rule = classification.confusion(truths)
    return _floor("a coin", coin), _floor("code passes, all else fails", rule)


def _floor(name: str, counts: Array) -> Floor:
    accuracy, macro_f1, kappa = (
        None if np.isnan(value) else float(value)
        for value in (
            classification.accuracy(counts),
            classification.macro_f1(counts),
            classification.kappa(counts),
        )
    )
    return Floor(name=name, accuracy=accuracy, macro_f1=macro_f1, kappa=kappa)


def _root(pair: Pair, pairs: Sequence[Pair], how: Resampling) -> Root:
    others = [leaf for each in pairs if each.submission != pair.submission for leaf in each.leaves]
    both = [(each.weight, each.human, each.judged) for each in pair.leaves if each.judged is not None]
    marked = [(each.kind, each.weight, each.judged) for each in pair.leaves if each.judged is not None]
    graded, whole = math.fsum(weight for weight, _, _ in both), math.fsum(each.weight for each in pair.leaves)
    rates = rates_of(others or list(pair.leaves), how)
    return Root(
        submission=pair.submission,
        judging=pair.judging,
        human=math.fsum(weight * human for weight, human, _ in both) / graded if graded else None,
        judged=math.fsum(weight * judged for weight, _, judged in both) / graded if graded else None,
        coverage=graded / whole if whole else 0.0,
        corrected=corrected_root(marked, rates, how.level),
        own_rates=not others,
    )
