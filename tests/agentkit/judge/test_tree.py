from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.tree import ancestors, by_share, leaf_shares, leaves, repeated, shares, walk, weights


def leaf(id: str, weight: float = 1, **more: Any) -> Criterion:
    return Criterion(id=id, text=f"text of {id}", weight=weight, **more)


def group(id: str, *children: Criterion, weight: float = 1, **more: Any) -> Criterion:
    return Criterion(id=id, text=id, weight=weight, children=children, **more)


TREE = Rubric(title="t", criteria=(group("g", leaf("a", 3), group("h", leaf("b"), leaf("c"))), leaf("d", 3)))


def test_written_order() -> None:
    assert [each.id for each in walk(TREE.criteria)] == ["g", "a", "h", "b", "c", "d"]
    assert [each.id for each in leaves(TREE)] == ["a", "b", "c", "d"]


def test_what_is_above() -> None:
    above = {id: [each.id for each in found] for id, found in ancestors(TREE).items()}
    assert above == {"g": [], "a": ["g"], "h": ["g"], "b": ["g", "h"], "c": ["g", "h"], "d": []}


def test_shares_of_the_root() -> None:
    sixteenths = {id: share * 32 for id, share in shares(TREE).items()}
    assert sixteenths == {"g": 8, "a": 6, "h": 2, "b": 1, "c": 1, "d": 24}
    assert leaf_shares(TREE) == {id: Fraction(n, 32) for id, n in {"a": 6, "b": 1, "c": 1, "d": 24}.items()}


def test_the_largest_share_first_and_equal_ones_as_written() -> None:
    assert [each.id for each in by_share(TREE)] == ["d", "a", "b", "c"]


def test_what_weighs_nothing_takes_what_it_belongs_to_with_it() -> None:
    empty = group("e", leaf("x", 0), group("f", leaf("y", 0)), weight=5)
    rubric = Rubric(title="t", criteria=(empty, leaf("z")))
    assert weights(rubric) == {"e": 0, "x": 0, "f": 0, "y": 0, "z": 1}
    assert leaf_shares(rubric) == {"x": 0, "y": 0, "z": 1}
    nothing = Rubric(title="t", criteria=(empty,))
    assert leaf_shares(nothing) == {"x": 0, "y": 0}


def test_declared_sections_count_what_they_declare() -> None:
    criteria = (
        group("s1", leaf("a", 10), leaf("b", 10), weight=20, declared_points=18),
        group("s2", leaf("c", 2), weight=2, declared_points=2),
        group("s3", leaf("e", 0), weight=0, declared_points=9),
    )
    rubric = Rubric(title="t", criteria=criteria)
    assert leaf_shares(rubric)["a"] == Fraction(10, 22)
    declared = rubric.model_copy(update={"denominator": "section_declared"})
    assert leaf_shares(declared) == {"a": Fraction(9, 20), "b": Fraction(9, 20), "c": Fraction(1, 10), "e": 0}


def test_ids_that_are_used_twice() -> None:
    assert repeated(["b", "a", "b", "c", "a", "b"]) == ["a", "b"]
    with pytest.raises(ValueError, match="twice: a"):
        leaves(Rubric(title="t", criteria=(leaf("a"), leaf("a"))))
