"""A calibration report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agentkit.judge.calibration.calibrate import CalibrationReport, Floor, Root
from agentkit.judge.calibration.figures import STATED, Figure, KindFigures

FIRST = {"coverage": "coverage", "accuracy": "accuracy", "macro_f1": "macro-F1", "kappa": "kappa"}
SECOND = {"tpr": "TPR", "tnr": "TNR", "root_error": "root error", "ece": "ECE"}
"""The figures that are shown, with their titles; the report has more."""
SIGNED = ("kappa", "root_error")
PUBLISHED = (
    "For comparison, macro-F1 on JudgeEval (arXiv 2504.01848): random 0.504; code passes and all else fails",
    "0.613; its default judge 0.827, with kappa 0.654 and TNR 0.588 on code.",
)
FEW_CLUSTERS = 20


def calibration_lines(report: CalibrationReport) -> list[str]:
    return list(_lines(report))


def _lines(report: CalibrationReport) -> Iterator[str]:
    everything = report.kinds[0]
    level = f"{100 * report.resampling.level:g} %"
    yield (
        f"{everything.graded:,} of the {everything.leaves:,} leaves that people graded have a verdict: "
        f"{_percent(everything.figures['coverage'].value)} coverage. All else is over these."
    )
    yield f"Each figure with its {level} interval, from drawing the leaves' parents again."
    yield ""
    for titles in (FIRST, SECOND):
        yield from _table([["kind", *titles.values()], *(_figures(each, titles) for each in report.kinds)])
        yield ""
    heads = ["kind", "leaves", "parents", "passed rightly", "wrongly", "failed rightly", "wrongly"]
    yield from _table([heads, *map(_counts, report.kinds)])
    few = [each.kind for each in report.kinds if each.clusters < FEW_CLUSTERS]
    if few:
        yield f"From fewer than {FEW_CLUSTERS} parents, so too narrow: the intervals of {', '.join(few)}."
    yield ""
    yield from _floors(report.floors)
    yield ""
    yield from _roots(report.roots, level)
    yield from _confidence(everything)
    yield from (f"Note: {each}" for each in report.notes)


def _figures(kind: KindFigures, titles: Mapping[str, str]) -> list[str]:
    return [kind.kind, *(_with_interval(kind.figures[name], signed=name in SIGNED) for name in titles)]


def _counts(kind: KindFigures) -> list[str]:
    passed, failed = (kind.true_positives, kind.false_positives), (kind.true_negatives, kind.false_negatives)
    return [kind.kind, *(f"{each:,}" for each in (kind.leaves, kind.clusters, *passed, *failed))]


def _floors(floors: Sequence[Floor]) -> Iterator[str]:
    """What reads nothing."""
    figures = {each.name: (each.accuracy, each.macro_f1, each.kappa) for each in floors}
    rows = [[name, *map(_number, values)] for name, values in figures.items()]
    yield from _table([["floor", "accuracy", "macro-F1", "kappa"], *rows])
    yield from PUBLISHED


def _roots(roots: Sequence[Root], level: str) -> Iterator[str]:
    """Of each judging."""
    rows = [
        [
            root.judging,
            _number(root.human),
            _number(root.judged),
            _error(root),
            _with_interval(root.corrected),
        ]
        for root in roots
    ]
    yield from _table([["root score", "people", "judge", "error", "corrected"], *rows])
    yield f"Over what both graded. Corrected: without the judge's known errors (Rogan-Gladen, {level})."
    if any(each.own_rates for each in roots):
        yield "Its rates are from the same submission here: that shows the arithmetic, and proves nothing."


def _confidence(everything: KindFigures) -> Iterator[str]:
    answers = {word: counts for word, counts in everything.confidence.items() if counts[0]}
    if answers:
        yield "Right, by stated confidence: " + "; ".join(
            f"{word} {right / count:.2f} of {count} (taken to claim {STATED[word]:g})"
            for word, (count, right) in answers.items()
        )


def _error(root: Root) -> str:
    if root.human is None or root.judged is None:
        return "-"
    return f"{root.judged - root.human:+.3f}"


def _with_interval(figure: Figure, *, signed: bool = False) -> str:
    if figure.value is None:
        return "-"
    shape = "+.3f" if signed else ".3f"
    if figure.low is None or figure.high is None:
        return f"{figure.value:{shape}} (?)"
    return f"{figure.value:{shape}} ({figure.low:{shape}}, {figure.high:{shape}})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "no" if value is None else f"{100 * value:.1f} %"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
