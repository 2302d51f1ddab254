from __future__ import annotations

import pytest

from agentkit.contracts.rubric import Criterion
from agentkit.errors import BadFile
from agentkit.judge.rubrics.end2end_form import read_form
from agentkit.judge.rubrics.end2end_tree import form_rubric, parse_form, render
from agentkit.judge.tree import leaves
from tests.agentkit.judge.rubrics.forms import FORM, folder_of


def codes(text: str) -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in form_rubric(parse_form(text)).diagnostics]


def test_the_form_is_a_tree_of_points() -> None:
    rubric = form_rubric(parse_form(FORM))
    assert (rubric.title, rubric.format, rubric.declared_points) == ("Sorting (Large) Files", "end2end", 16)
    assert [(leaf.id, leaf.text, leaf.points, leaf.weight) for leaf in leaves(rubric)] == [
        ("s1.1", "Reads a file (e.g. CSV) of any size", 2, 2),
        ("s1.2.1", "Cuts at line ends, see (3 points of view)", 4, 4),
        ("s1.2.2", "Keeps the header", 2, 2),
        ("s1.3", "Ratio of reads: writes is logged", 1, 1),
        ("s2.1", "The output is sorted", 5, 5),
        ("s2.2", "It is fast", 2, 2),
    ]
    first, second = rubric.criteria
    assert (first.text, first.weight, first.declared_points) == ("Reading", 9, 9)
    assert first.source == {
        "complete_when": 'Reading is "Complete" when a file of 1 GB is read and its header kept: _/3'
    }
    assert (second.text, second.weight, second.declared_points, second.source) == (
        "Overall Results",
        7,
        7,
        {},
    )
    assert rubric.diagnostics == ()


@pytest.mark.parametrize("text", [FORM, FORM + "\n", FORM.replace("\n", "\r\n"), "\ufeff" + FORM])
def test_it_is_written_as_it_was_read(text: str) -> None:
    assert render(parse_form(text)) == text
    assert len(leaves(form_rubric(parse_form(text)))) == 6


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Reading (9 points)", "Reading (8 points)", [("section-sum", "s1")]),
        ("Splitting (6 points):", "Splitting (5 points)", [("group-sum", "s1.2")]),
        ("Task (16 points)", "Task (15 points)", [("title-sum", "title"), ("total-line", "total")]),
        ("_ / 16 points", "_ / 20 points", [("total-line", "total")]),
        ("Task (16 points)", "Task", []),
        ("* It is fast: _/2 [Confidence: L/M/H]", "* Keeps  the header: _/2", [("duplicate-leaf", "s2.2")]),
        ("* It is fast: _/2", "It is fast: _/2", [
            ("unparsed-line", "line 23"), ("section-sum", "s2"), ("title-sum", "title")
        ]),
        ("* It is fast", "* Nothing (0 points)\n* It is fast", [("empty-group", "s2.2")]),
    ],
)  # fmt: skip
def test_what_disagrees_is_named(old: str, new: str, found: list[tuple[str, str]]) -> None:
    assert old in FORM
    assert codes(FORM.replace(old, new)) == found


def test_a_group_without_leaves_counts_nothing() -> None:
    text = FORM.replace("* It is fast", "* Nothing (0 points)\n* It is fast")
    last = form_rubric(parse_form(text)).criteria[1].children
    assert [each.id for each in last] == ["s2.1", "s2.3"]
    assert all(isinstance(each, Criterion) and each.points for each in last)


def test_groups_may_hold_groups() -> None:
    text = "# T\n## **1. A**\n* g (3 points)\n  * h (2 points)\n    * a: _/2\n  * b: _/1\n* c: _/4\n"
    (section,) = form_rubric(parse_form(text)).criteria
    assert [leaf.id for leaf in leaves(form_rubric(parse_form(text)))] == ["s1.1.1.1", "s1.1.2", "s1.2"]
    assert (section.weight, section.declared_points, section.children[0].weight) == (7, None, 3)


@pytest.mark.parametrize(
    ("text", "key", "expected", "found"),
    [
        ("## **1. A**\n* a: _/2\n", "line 1", "a heading", "no heading"),
        ("# A rubric\n", "", "at least one leaf", "no leaf"),
        ("# T\n## **1. A**\n* a: _/0\n", "line 3", "more than 0 points", "0"),
        ("# T\n## **1. A**\n* a: _/-2\n", "line 3", "more than 0 points", "-2"),
        (
            "# T\n## **1. A**\n" + "".join(f"{' ' * depth}* g (1 point)\n" for depth in range(200))
            + "* a: _/1",
            "", "at most 100 levels", "200",
        ),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(text: str, key: str, expected: str, found: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_form(text, "rubric.md")
    assert caught.value.message == "rubric.md has a mistake" + (f" at '{key}'." if key else ".")
    assert expected in caught.value.lines[0] and found in caught.value.lines[1]


PUBLISHED = {
    "arc-test-time-training": (40, 106, [
        ("section-sum", "s7"), ("title-sum", "title"), ("total-line", "total")
    ]),
    "s1-simple-scaling-reasoning": (34, 102, []),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_forms(name: str) -> None:
    path = folder_of("AGENTKIT_JUDGE_DATA") / "end2end" / name / "rubric.md"
    count, points, diagnostics = PUBLISHED[name]
    form, text = read_form(path), path.read_bytes().decode()
    rubric = form_rubric(form)
    assert render(form) == text
    assert (len(leaves(rubric)), sum(leaf.points or 0 for leaf in leaves(rubric))) == (count, points)
    assert [(each.code, each.place) for each in rubric.diagnostics] == diagnostics
    assert not [line for line in form.lines if line.kind in ("unparsed", "free")]
