from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentkit.contracts.rubric import Criterion, Diagnostic, Rubric
from agentkit.judge.rubrics.lint import joints_of, lint
from agentkit.judge.rubrics.read import read_rubric
from tests.agentkit.judge.rubrics.forms import folder_of

PAGE = Path(__file__).parents[4] / "docs" / "rubric.md"


def leaf(id: str, text: str = "", **more: object) -> Criterion:
    facts = {"id": id, "text": text or f"text of {id}", "kind": "code"} | more
    return Criterion.model_validate(facts)


def group(id: str, *children: Criterion, **more: object) -> Criterion:
    return Criterion.model_validate({"id": id, "text": f"group {id}", "children": children} | more)


def rubric(*criteria: Criterion, **more: object) -> Rubric:
    return Rubric.model_validate({"title": "t", "criteria": criteria} | more)


MANY = tuple(leaf(f"m{number}") for number in range(20))

CASES = {
    "section-sum": (rubric(group("g", leaf("a", points=2), declared_points=3)), "g"),
    "group-sum": (rubric(group("g", group("h", leaf("a", points=2), declared_points=1))), "h"),
    "total-line": (rubric(leaf("a", points=2), declared_points=3), "total"),
    "duplicate-id": (rubric(leaf("a"), leaf("a", "other")), "a"),
    "duplicate-leaf": (rubric(leaf("a", "It is fast."), leaf("b", "It  is fast.")), "b"),
    "check-on-group": (rubric(group("g", leaf("a"), check={"kind": "diff"})), "g"),
    "unknown-requirement": (rubric(leaf("a", requires=("b",)), group("b", leaf("c"))), "a"),
    "circular-requirement": (rubric(leaf("a", requires=("b",)), leaf("b", requires=("a",))), "a"),
    "missing-kind": (rubric(leaf("a", kind=None)), "a"),
    "compound-leaf": (rubric(leaf("a", "It loads and trains and plots.")), "a"),
    "heavy-leaf": (rubric(*MANY, leaf("a", weight=3)), "a"),
    "weightless": (rubric(leaf("a"), leaf("b", weight=0)), "b"),
}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_is_found_where_it_is(code: str) -> None:
    faulty, place = CASES[code]
    assert [(each.code, each.place) for each in lint(faulty)] == [(code, place)]


def test_a_rubric_in_order_has_none() -> None:
    fine = rubric(
        group("g", leaf("a", points=2), leaf("b", points=1, requires=("a",)), declared_points=3),
        leaf("c", "Loads (e.g. csv and json and yaml) and trains.", points=2),
        leaf("d", "One and two and three.", points=2, kind=None, check={"kind": "diff"}),
        declared_points=7,
    )
    assert lint(fine) == ()


def test_the_same_words_under_other_headings_are_told_apart() -> None:
    assert lint(rubric(group("g", leaf("a", "It ran.")), group("h", leaf("b", "It ran.")))) == ()


def test_what_a_reader_found_comes_first_and_once() -> None:
    found = Diagnostic(code="section-sum", place="g", text="the reader's words")
    faulty = CASES["section-sum"][0].model_copy(update={"diagnostics": (found,)})
    assert lint(faulty) == (found,)


def test_where_no_leaf_has_a_kind_it_is_said_once() -> None:
    (fault,) = lint(rubric(leaf("a", kind=None), group("g", leaf("b", kind=None))))
    assert (fault.code, fault.place) == ("missing-kind", "leaves")
    assert "none of the 2 leaves" in fault.text
    some = lint(rubric(leaf("a", kind=None), leaf("b", kind=None), leaf("c")))
    assert [each.place for each in some] == ["a", "b"]


def test_a_small_rubric_may_have_heavy_leaves() -> None:
    assert lint(rubric(leaf("a", weight=9), leaf("b"))) == ()


@pytest.mark.parametrize(
    ("text", "joints"),
    [
        ("downloads and loads", 1),
        ("masks bandit and brand", 1),
        ("(a and b) or c", 1),
        ("loads, e.g. a and b, and trains; plots", 2),
        ("plain", 0),
    ],
)
def test_joints(text: str, joints: int) -> None:
    assert joints_of(text) == joints


def test_the_page_lists_every_code() -> None:
    listed = set(re.findall(r"^\| `([a-z]+-[a-z-]+|weightless)` \|", PAGE.read_text(encoding="utf-8"), re.M))
    readers = {"title-sum", "unparsed-line", "empty-group", "category-on-group", "unknown-key"}
    assert listed == set(CASES) | readers


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "arc-test-time-training",
            {"section-sum", "title-sum", "total-line", "missing-kind"},
        ),
        ("s1-simple-scaling-reasoning", {"missing-kind", "compound-leaf"}),
    ],
)
def test_the_published_forms(name: str, wanted: set[str]) -> None:
    found = lint(read_rubric(folder_of("AGENTKIT_JUDGE_DATA") / "end2end" / name))
    assert {each.code for each in found} == wanted
    assert sum(each.code == "missing-kind" for each in found) == 1
