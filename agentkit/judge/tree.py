"""A rubric as a tree: its leaves, what is above them, and which share of the whole each has.

Weights count among siblings only, so their unit is free. Where they come to 0 there is nothing to count,
and what they belong to counts nothing either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Rubric

DEEPEST = 100
"""Levels that a rubric may have; published ones have 10."""


def walk(criteria: Sequence[Criterion]) -> Iterator[Criterion]:
    """All of them in written order, a criterion before what it is made of."""
    for each in criteria:
        yield each
        yield from walk(each.children)


def leaves(rubric: Rubric) -> list[Criterion]:
    """In the order they are written. Ids must be unique, and a check belongs to a leaf."""
    found = list(walk(rubric.criteria))
    if twice := repeated([each.id for each in found]):
        raise ValueError(f"rubric '{rubric.title}' uses an id twice: {', '.join(twice)}")
    for each in found:
        if each.children and each.check is not None:
            raise ValueError(f"criterion '{each.id}' has both children and a check")
    return [each for each in found if not each.children]


def repeated(ids: Sequence[str]) -> list[str]:
    return sorted(id for id, times in Counter(ids).items() if times > 1)


def ancestors(rubric: Rubric) -> dict[str, tuple[Criterion, ...]]:
    """By the id of every criterion: those above it, the outermost first."""
    return dict(_ancestors(rubric.criteria, ()))


def _ancestors(
    siblings: Sequence[Criterion], above: tuple[Criterion, ...]
) -> Iterator[tuple[str, tuple[Criterion, ...]]]:
    for each in siblings:
        yield each.id, above
        yield from _ancestors(each.children, (*above, each))


def weights(rubric: Rubric) -> dict[str, Fraction]:
    """What each criterion counts among its siblings, by the rubric's denominator."""
    found = {each.id: _weight(each) for each in walk(rubric.criteria)}
    if rubric.denominator == "section_declared":
        for section in rubric.criteria:
            if section.declared_points is not None and found[section.id]:
                found[section.id] = Fraction(section.declared_points)
    return found


def _weight(criterion: Criterion) -> Fraction:
    countless = criterion.children and not any(_weight(each) for each in criterion.children)
    return Fraction(0) if countless else Fraction(criterion.weight)


def shares(rubric: Rubric) -> dict[str, Fraction]:
    """Each criterion's share of the root."""
    return dict(_shares(rubric.criteria, Fraction(1), weights(rubric)))


def leaf_shares(rubric: Rubric) -> dict[str, Fraction]:
    """Each leaf's share of the root; together they are 1, unless nothing counts."""
    found = shares(rubric)
    return {leaf.id: found[leaf.id] for leaf in leaves(rubric)}


def _shares(
    siblings: Sequence[Criterion], whole: Fraction, counted: Mapping[str, Fraction]
) -> Iterator[tuple[str, Fraction]]:
    total = sum((counted[each.id] for each in siblings), Fraction(0))
    for each in siblings:
        share = whole * counted[each.id] / total if total else Fraction(0)
        yield each.id, share
        yield from _shares(each.children, share, counted)


def by_share(rubric: Rubric) -> list[Criterion]:
    """The leaves, the largest share of the root first, equal ones as they are written.

    Graded in this order, the bounds close as fast as any order could make them.
    """
    share = leaf_shares(rubric)
    return sorted(leaves(rubric), key=lambda leaf: -share[leaf.id])
