"""From findings about leaves to a score of the whole, with bounds for what is not known.

A criterion's score is the weighted mean of those of its children that have one. Fractions keep it exact:
the order of siblings cannot matter, and low ≤ score ≤ high holds to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, GroupScore, JudgeReport, Rubric, Verdict
from agentkit.judge.evidence import Finding, ungraded
from agentkit.judge.rubrics.digest import rubric_digest
from agentkit.judge.tree import ancestors, by_share, leaf_shares, leaves, shares, walk, weights

__all__ = ["by_share", "leaf_shares", "leaves", "tally"]


@dataclass(frozen=True)
class _Score:
    """`known` is None where nothing below was graded."""

    known: Fraction | None
    low: Fraction
    high: Fraction
    coverage: Fraction


NOTHING = _Score(None, Fraction(0), Fraction(1), Fraction(0))


def tally(rubric: Rubric, findings: Mapping[str, Finding]) -> JudgeReport:
    """`findings` by leaf id; a leaf without one is ungraded."""
    found = leaves(rubric)
    kept = {leaf.id: findings.get(leaf.id, ungraded("nobody looked")) for leaf in found}
    scores: dict[str, _Score] = {}
    whole = _by_denominator(rubric, found, _score_all(rubric.criteria, kept, weights(rubric), scores))
    places = _places(rubric)
    return JudgeReport(
        rubric=rubric.title,
        score=None if whole.known is None else float(whole.known),
        low=float(whole.low),
        high=float(whole.high),
        coverage=float(whole.coverage),
        verdicts=tuple(_verdict(leaf, kept[leaf.id], places[leaf.id]) for leaf in found),
        groups=tuple(_groups(rubric, whole, scores, places)),
        origin=rubric.origin,
        denominator=rubric.denominator,
        rubric_digest=rubric_digest(rubric),
    )


@dataclass(frozen=True)
class _Place:
    share: float
    """Of the root."""
    parent: str
    """Id; empty: the root."""


def _places(rubric: Rubric) -> dict[str, _Place]:
    share = shares(rubric)
    return {
        id: _Place(float(share[id]), above[-1].id if above else "") for id, above in ancestors(rubric).items()
    }


def _verdict(leaf: Criterion, found: Finding, place: _Place) -> Verdict:
    return Verdict(
        id=leaf.id,
        text=leaf.text,
        weight=place.share,
        status=found.status,
        score=found.score,
        group=place.parent,
        evidence=found.evidence,
        method=found.method,
        kind=leaf.kind,
        points=leaf.points,
        citations=found.citations,
        votes=found.votes,
        flags=found.flags,
    )


def _groups(
    rubric: Rubric, whole: _Score, scores: Mapping[str, _Score], places: Mapping[str, _Place]
) -> Iterator[GroupScore]:
    yield _group("", rubric.title, _Place(1.0, ""), whole)
    for each in walk(rubric.criteria):
        if each.children:
            yield _group(each.id, each.text, places[each.id], scores[each.id])


def _group(id: str, text: str, place: _Place, score: _Score) -> GroupScore:
    return GroupScore(
        id=id,
        text=text,
        weight=place.share,
        group=place.parent,
        score=None if score.known is None else float(score.known),
        low=float(score.low),
        high=float(score.high),
        coverage=float(score.coverage),
    )


def _by_denominator(rubric: Rubric, found: Sequence[Criterion], whole: _Score) -> _Score:
    """With `declared_total`, marks over the rubric's own line of the total, and never more than all."""
    points = [leaf.points for leaf in found]
    if rubric.denominator != "declared_total" or not rubric.declared_points or None in points:
        return whole
    factor = sum((Fraction(each) for each in points if each), Fraction(0)) / Fraction(rubric.declared_points)
    return _Score(
        None if whole.known is None else min(Fraction(1), whole.known * factor),
        min(Fraction(1), whole.low * factor),
        min(Fraction(1), whole.high * factor),
        whole.coverage,
    )


def _score_all(
    siblings: Sequence[Criterion],
    findings: Mapping[str, Finding],
    counted: Mapping[str, Fraction],
    scores: dict[str, _Score],
) -> _Score:
    """Their mean. `scores` gets one by the id of each of them and of all below."""
    for each in siblings:
        if each.children:
            scores[each.id] = _score_all(each.children, findings, counted, scores)
        else:
            scores[each.id] = _score_of(each, findings[each.id])
    return _mean([(counted[each.id], scores[each.id]) for each in siblings])


def _score_of(leaf: Criterion, found: Finding) -> _Score:
    if found.score is None:
        return NOTHING
    if not 0 <= found.score <= 1:
        raise ValueError(f"the score of '{leaf.id}' is {found.score!r}, not within 0 and 1")
    exact = Fraction(found.score)
    return _Score(exact, exact, exact, Fraction(1))


def _mean(weighted: Sequence[tuple[Fraction, _Score]]) -> _Score:
    total = sum((weight for weight, _ in weighted), Fraction(0))
    if not total:
        return NOTHING
    graded = [(weight, each.known) for weight, each in weighted if weight and each.known is not None]
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
