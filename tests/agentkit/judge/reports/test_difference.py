from __future__ import annotations

from agentkit.judge.reports.difference import difference
from tests.agentkit.judge.reports.test_outline import leaf, report


def test_the_largest_effect_comes_first_and_leaves_may_come_and_go() -> None:
    before = report(
        leaf("same"),
        leaf("small", weight=0.1),
        leaf("large", weight=0.5),
        leaf("gone"),
        leaf("open", score=None),
    )
    after = report(
        leaf("same"),
        leaf("small", weight=0.1, score=0.0, status="failed"),
        leaf("large", weight=0.5, score=0.5, status="partial"),
        leaf("open", score=1.0),
        leaf("new"),
    )
    changes = difference(before, after)
    assert [(each.id, each.effect) for each in changes] == [
        ("large", -0.25),
        ("small", -0.1),
        ("gone", None),
        ("open", None),
        ("new", None),
    ]
    assert changes[2].after is None and changes[4].before is None


def test_a_leaf_that_weighs_otherwise_has_no_effect_of_its_own() -> None:
    (change,) = difference(report(leaf("a", weight=0.2)), report(leaf("a", weight=0.4)))
    assert change.effect is None


def test_reports_alike_have_no_difference() -> None:
    assert difference(report(leaf("a")), report(leaf("a", evidence="said otherwise"))) == []
