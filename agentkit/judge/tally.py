"""From findings about leaves to a score of the whole, with bounds for what is not known.

A criterion's score is the weighted mean of those of its children that have one. Weights count among
siblings only, so their unit is free. Fractions keep it exact: the order of siblings cannot matter, and
low ≤ score ≤ high holds to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric, Verdict
from agentkit.judge.evidence import Finding, ungraded


@dataclass(frozen=True)
class _Score:
    """`known` is None where nothing below was graded."""

    known: Fraction | None
    low: Fraction
    high: Fraction
    coverage: Fraction


def tally(rubric: Rubric, findings: Mapping[str, Finding]) -> JudgeReport:
    """`findings` by leaf id; a leaf without one is ungraded."""
    shares = leaf_shares(rubric)
    kept = {leaf.id: findings.get(leaf.id, ungraded("nobody looked")) for leaf in leaves(rubric)}
    whole = _mean_of(rubric.criteria, kept)
    return JudgeReport(
        rubric=rubric.title,
        score=None if whole.known is None else float(whole.known),
        low=float(whole.low),
        high=float(whole.high),
        coverage=float(whole.coverage),
        verdicts=tuple(
            Verdict(
                id=leaf.id,
                text=leaf.text,
                weight=float(shares[leaf.id]),
                status=kept[leaf.id].status,
                score=kept[leaf.id].score,
                evidence=kept[leaf.id].evidence,
                method=kept[leaf.id].method,
                kind=leaf.kind,
                points=leaf.points,
                citations=kept[leaf.id].citations,
                votes=kept[leaf.id].votes,
                flags=kept[leaf.id].flags,
            )
            for leaf in leaves(rubric)
        ),
    )


def leaves(rubric: Rubric) -> list[Criterion]:
    """In the order they are written. Ids must be unique, and a check belongs to a leaf."""
    found = list(_walk(rubric.criteria))
    ids = [each.id for each in found]
    if len(set(ids)) != len(ids):
        twice = sorted({each for each in ids if ids.count(each) > 1})
        raise ValueError(f"rubric '{rubric.title}' uses an id twice: {', '.join(twice)}")
    for each in found:
        if each.children and each.check is not None:
            raise ValueError(f"criterion '{each.id}' has both children and a check")
    return [each for each in found if not each.children]


def leaf_shares(rubric: Rubric) -> dict[str, Fraction]:
    """Each leaf's share of the root; together they are 1."""
    return dict(_shares(rubric.criteria, Fraction(1)))


def _walk(criteria: Sequence[Criterion]) -> Iterator[Criterion]:
    for each in criteria:
        yield each
        yield from _walk(each.children)


def _shares(siblings: Sequence[Criterion], whole: Fraction) -> Iterator[tuple[str, Fraction]]:
    total = sum((Fraction(each.weight) for each in siblings), Fraction(0))
    for each in siblings:
        share = whole * Fraction(each.weight) / total
        if each.children:
            yield from _shares(each.children, share)
        else:
            yield each.id, share


def _score_of(criterion: Criterion, findings: Mapping[str, Finding]) -> _Score:
    if criterion.children:
        return _mean_of(criterion.children, findings)
    score = findings[criterion.id].score
    if score is None:
        return _Score(None, Fraction(0), Fraction(1), Fraction(0))
    if not 0 <= score <= 1:
        raise ValueError(f"the score of '{criterion.id}' is {score!r}, not within 0 and 1")
    exact = Fraction(score)
    return _Score(exact, exact, exact, Fraction(1))


def _mean_of(siblings: Sequence[Criterion], findings: Mapping[str, Finding]) -> _Score:
    if not siblings:
        return _Score(None, Fraction(0), Fraction(1), Fraction(0))
    weighted = [(Fraction(each.weight), _score_of(each, findings)) for each in siblings]
    total = sum((weight for weight, _ in weighted), Fraction(0))
    graded = [(weight, each.known) for weight, each in weighted if each.known is not None]
    known = None
    if graded:
        known = sum((weight * value for weight, value in graded), Fraction(0)) / sum(
            (weight for weight, _ in graded), Fraction(0)
        )
    return _Score(
        known,
        sum((weight * each.low for weight, each in weighted), Fraction(0)) / total,
        sum((weight * each.high for weight, each in weighted), Fraction(0)) / total,
        sum((weight * each.coverage for weight, each in weighted), Fraction(0)) / total,
    )
