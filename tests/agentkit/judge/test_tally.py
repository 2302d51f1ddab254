from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.evidence import Finding, error, failed, passed, ungraded
from agentkit.judge.rubrics.digest import rubric_digest
from agentkit.judge.tally import leaf_shares, leaves, tally

WEIGHTS = st.floats(0.01, 100)
FINDINGS = st.one_of(
    st.sampled_from([passed("p"), failed("f"), error("e"), ungraded("u")]),
    st.floats(0, 1).map(lambda score: Finding("partial", "half", score)),
)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    """Up to three levels; ids are paths."""

    def siblings(prefix: str, depth: int) -> tuple[Criterion, ...]:
        found = []
        for index in range(draw(st.integers(1, 3))):
            id = f"{prefix}{index}"
            below = depth > 0 and draw(st.booleans())
            children = siblings(f"{id}.", depth - 1) if below else ()
            found.append(Criterion(id=id, text=id, weight=draw(WEIGHTS), children=children))
        return tuple(found)

    return Rubric(title="drawn", criteria=siblings("c", 2))


@st.composite
def judged(draw: st.DrawFn) -> tuple[Rubric, dict[str, Finding]]:
    rubric = draw(rubrics())
    return rubric, {leaf.id: draw(FINDINGS) for leaf in leaves(rubric)}


def leaf(id: str, weight: float = 1) -> Criterion:
    return Criterion(id=id, text=f"text of {id}", weight=weight)


TREE = Rubric(
    title="tree",
    criteria=(
        leaf("a", 1),
        Criterion(id="b", text="b", weight=3, children=(leaf("b1", 10), leaf("b2", 30))),
    ),
)


def test_weighted_mean_bottom_up() -> None:
    report = tally(TREE, {"a": failed("no"), "b1": failed("no"), "b2": passed("yes")})
    assert (report.score, report.low, report.high, report.coverage) == (0.5625, 0.5625, 0.5625, 1.0)
    assert [(each.id, each.weight) for each in report.verdicts] == [
        ("a", 0.25),
        ("b1", 0.1875),
        ("b2", 0.5625),
    ]
    assert report.verdicts[2].evidence == "yes"
    assert report.rubric == "tree"


def test_what_is_not_graded_widens_the_bounds_and_leaves_the_score() -> None:
    report = tally(TREE, {"a": passed("yes"), "b1": failed("no"), "b2": error("broken")})
    assert report.score == 0.25
    assert report.low == 0.25
    assert report.high == 0.25 + 0.75 * 0.75
    assert report.coverage == 0.4375
    assert report.verdicts[2].score is None


def test_nothing_graded_is_no_score_and_no_zero() -> None:
    report = tally(TREE, {"a": error("broken")})
    assert (report.score, report.low, report.high, report.coverage) == (None, 0.0, 1.0, 0.0)
    assert [each.status for each in report.verdicts] == ["error", "ungraded", "ungraded"]


def test_the_same_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice: a"):
        leaves(Rubric(title="t", criteria=(leaf("a"), leaf("a"))))


def test_a_check_on_a_criterion_with_children_is_refused() -> None:
    both = Criterion(id="a", text="a", check={"kind": "diff"}, children=(leaf("b"),))
    with pytest.raises(ValueError, match="both children and a check"):
        leaves(Rubric(title="t", criteria=(both,)))


def test_each_criterion_with_children_has_a_score_of_its_own() -> None:
    report = tally(TREE, {"a": passed("yes"), "b1": failed("no"), "b2": error("broken")})
    root, b = report.groups
    assert (root.id, root.text, root.weight, root.group) == ("", "tree", 1.0, "")
    assert (root.score, root.low, root.high, root.coverage) == (
        report.score, report.low, report.high, report.coverage,
    )  # fmt: skip
    assert (b.id, b.text, b.weight, b.group) == ("b", "b", 0.75, "")
    assert (b.score, b.low, b.high, b.coverage) == (0.0, 0.0, 0.75, 0.25)
    assert [(each.id, each.group) for each in report.verdicts] == [("a", ""), ("b1", "b"), ("b2", "b")]


def test_a_report_names_what_it_was_made_by() -> None:
    report = tally(TREE.model_copy(update={"origin": "derived", "denominator": "declared_total"}), {})
    assert (report.origin, report.denominator) == ("derived", "declared_total")
    assert report.rubric_digest == rubric_digest(
        TREE.model_copy(update={"origin": "derived", "denominator": "declared_total"})
    )


def test_what_weighs_nothing_changes_nothing() -> None:
    nothing = Criterion(id="n", text="n", weight=5, children=(leaf("n1", 0), leaf("n2", 0)))
    rubric = TREE.model_copy(update={"criteria": (*TREE.criteria, leaf("z", 0), nothing)})
    found = {"a": passed("y"), "b1": failed("n"), "b2": error("e"), "z": failed("n"), "n1": failed("n")}
    with_it, without = tally(rubric, found), tally(TREE, found)
    assert figures(rubric, found) == figures(TREE, found)
    assert [each.weight for each in with_it.verdicts] == [each.weight for each in without.verdicts] + [
        0.0
    ] * 3
    whole = tally(rubric.model_copy(update={"criteria": (nothing,)}), found)
    assert (whole.score, whole.low, whole.high, whole.coverage) == (None, 0.0, 1.0, 0.0)


def test_what_marks_are_counted_over() -> None:
    """One heading says 18 where its leaves come to 20; another line says 100 where all come to 106."""

    def marked(id: str, points: float) -> Criterion:
        return Criterion(id=id, text=id, weight=points, points=points)

    first = Criterion(id="s1", text="s1", weight=86, declared_points=86, children=(marked("a", 86),))
    last = Criterion(
        id="s2", text="s2", weight=20, declared_points=18, children=(marked("b", 10), marked("c", 10))
    )
    rubric = Rubric(title="t", declared_points=100, criteria=(first, last))
    found = {"a": Finding("partial", "half", 0.5), "b": passed("y")}

    def scored(denominator: str) -> tuple[float | None, ...]:
        return figures(rubric.model_copy(update={"denominator": denominator}), found)

    assert scored("leaf_sum") == pytest.approx((63 / 106, 53 / 106, 63 / 106, 96 / 106))
    assert scored("section_declared") == pytest.approx((61 / 104, 52 / 104, 61 / 104, 95 / 104))
    assert scored("declared_total") == pytest.approx((0.63, 0.53, 0.63, 96 / 106))
    found = {id: passed("y") for id in "abc"}
    assert scored("declared_total")[:3] == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_outside_its_range_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="not within 0 and 1"):
        tally(Rubric(title="t", criteria=(leaf("a"),)), {"a": Finding("partial", "", score)})


@given(judged())
def test_the_score_lies_within_its_bounds(case: tuple[Rubric, dict[str, Finding]]) -> None:
    report = tally(*case)
    assert 0 <= report.low <= report.high <= 1
    assert 0 <= report.coverage <= 1
    assert (report.score is None) is (report.coverage == 0)
    if report.score is not None:
        assert report.low <= report.score <= report.high
    if report.coverage == 1:
        assert report.low == report.score == report.high


@given(judged(), st.lists(st.floats(0, 1), min_size=27, max_size=27))
def test_whatever_the_missing_verdicts_are_the_bounds_hold(
    case: tuple[Rubric, dict[str, Finding]], truths: list[float]
) -> None:
    rubric, findings = case
    report = tally(rubric, findings)
    complete = {
        id: Finding("partial", "", truth) if finding.score is None else finding
        for (id, finding), truth in zip(findings.items(), truths, strict=False)
    }
    truth = tally(rubric, complete).score
    assert truth is not None and report.low <= truth <= report.high


@given(rubrics())
def test_the_leaves_share_the_whole(rubric: Rubric) -> None:
    assert sum(leaf_shares(rubric).values()) == 1
    assert set(leaf_shares(rubric)) == {each.id for each in leaves(rubric)}


@given(judged(), st.integers(0, 2**32))
def test_order_does_not_matter(case: tuple[Rubric, dict[str, Finding]], seed: int) -> None:
    rubric, findings = case
    rng = random.Random(seed)

    def shuffled(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        mixed = [each.model_copy(update={"children": shuffled(each.children)}) for each in criteria]
        rng.shuffle(mixed)
        return tuple(mixed)

    other = rubric.model_copy(update={"criteria": shuffled(rubric.criteria)})
    ids = list(findings)
    rng.shuffle(ids)
    assert figures(other, {id: findings[id] for id in ids}) == figures(rubric, findings)


@given(judged(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_of_weights_does_not_matter(case: tuple[Rubric, dict[str, Finding]], factor: float) -> None:
    rubric, findings = case

    def scaled(criteria: tuple[Criterion, ...], by: float) -> tuple[Criterion, ...]:
        """Each group of siblings by a factor of its own."""
        return tuple(
            each.model_copy(
                update={"weight": each.weight * by, "children": scaled(each.children, by * factor)}
            )
            for each in criteria
        )

    other = rubric.model_copy(update={"criteria": scaled(rubric.criteria, factor)})
    assert figures(other, findings) == figures(rubric, findings)


def figures(rubric: Rubric, findings: Mapping[str, Finding]) -> tuple[float | None, ...]:
    report = tally(rubric, findings)
    return report.score, report.low, report.high, report.coverage
