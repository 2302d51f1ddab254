from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.errors import BadFile
from agentkit.judge.rubrics.paperbench_form import paperbench_text, parse_tree, pruned, tree_of
from agentkit.judge.rubrics.read import read_rubric
from agentkit.judge.tree import by_share, leaf_shares, leaves, walk
from tests.agentkit.judge.rubrics.forms import TREE, folder_of, node


def test_a_tree_is_read() -> None:
    rubric = parse_tree(TREE, "rubric.json", "rice")
    assert (rubric.title, rubric.format, rubric.diagnostics) == ("rice", "paperbench", ())
    assert [(leaf.id, leaf.kind) for leaf in leaves(rubric)] == [
        ("a", "code"), ("b", "code"), ("c", "execution"), ("d", "result"),
    ]  # fmt: skip
    assert {id: float(share) for id, share in leaf_shares(rubric).items()} == pytest.approx(
        {"a": 1 / 6, "b": 1 / 2, "c": 1 / 6, "d": 1 / 6}
    )
    assert parse_tree(TREE, "rubric.json").title == "text of root"


@pytest.mark.parametrize(
    "tree",
    [
        TREE,
        node("only"),
        node("root", node("a"), weight=0),
        node("root", node("a", weight=2.5), node("b", weight=2**60 + 1)),
        {"id": "r", "requirements": "no categories", "weight": 1, "sub_tasks": [node("a")]},
        node("root", node("a", finegrained_task_category="Method Implementation", note={"by": ["us", None]})),
        node("same", node("same", node("same"), node("same-2"))),
        node("root", node("a", task_category="Subtree"), task_category="Subtree"),
    ],
)
def test_it_is_written_as_it_was_read(tree: dict[str, Any]) -> None:
    assert json.loads(paperbench_text(parse_tree(tree, "rubric.json"))) == tree


def test_an_id_that_is_used_twice_is_made_unique_and_reported() -> None:
    tree = node("x", node("x", node("y"), node("x")), node("y"), node("x-2"))
    rubric = parse_tree(tree, "rubric.json")
    assert [each.id for each in walk(rubric.criteria)] == ["x", "x-2", "y", "x-3", "y-2", "x-2-2"]
    assert [(each.code, each.place) for each in rubric.diagnostics] == [
        ("duplicate-id", "x-2"), ("duplicate-id", "x-3"), ("duplicate-id", "y-2"), ("duplicate-id", "x-2-2"),
    ]  # fmt: skip
    assert tree_of(rubric) == tree


def test_what_is_odd_is_kept_and_reported() -> None:
    tree = node("root", node("a", note=1), task_category="Code Development")
    rubric = parse_tree(tree, "rubric.json")
    assert [(each.code, each.place) for each in rubric.diagnostics] == [
        ("category-on-group", "root"),
        ("unknown-key", "a"),
    ]
    assert rubric.criteria[0].kind is None
    assert tree_of(rubric) == tree


def test_grades_are_no_part_of_a_rubric() -> None:
    graded = node("a", score=1.0, valid_score=True, explanation="seen", judge_metadata=None)
    rubric = parse_tree(graded, "x")
    assert rubric == parse_tree(node("a"), "x")


DEEP = node("0")
for level in range(1, 101):
    DEEP = node(str(level), DEEP)


@pytest.mark.parametrize(
    ("tree", "key", "expected", "found"),
    [
        ([], "", "a node", "[]"),
        ({"id": "a"}, "requirements", "text", "nothing"),
        (node(""), "id", "text", "''"),
        (node("a", requirements=3), "requirements", "text", "3"),
        (node("a", requirements="\ud800"), "requirements", "Unicode", "surrogates"),
        (node("a", weight=-1), "weight", "0 or above", "-1"),
        (node("r", node("a", weight=True)), "sub_tasks[0].weight", "a number", "True"),
        (node("a", weight=float("nan")), "weight", "a number", "nan"),
        (node("a", weight=10**400), "weight", "a number", "1000"),
        (node("a", sub_tasks=None), "sub_tasks", "a list", "nothing"),
        (node("r", node("a", sub_tasks=[7])), "sub_tasks[0].sub_tasks[0]", "a node", "7"),
        (node("a", task_category="Code Developing"), "task_category", "mean Code Development?", "Code"),
        (node("a", task_category=["x"]), "task_category", "one of", "['x']"),
        (DEEP, "", "at most 100 levels", "more"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_where_it_is(tree: object, key: str, expected: str, found: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_tree(tree, "rubric.json")
    assert caught.value.message == "rubric.json has a mistake" + (f" at '{key}'." if key else ".")
    assert expected in caught.value.lines[0] and found in caught.value.lines[1]


def test_a_rubric_of_ours_can_be_written_so() -> None:
    ours = Rubric(
        title="ours",
        criteria=(
            Criterion(
                id="root", text="a group", weight=2, children=(Criterion(id="a", text="x", kind="code"),)
            ),
            Criterion(id="b", text="y", kind="visual", weight=0.5),
            Criterion(id="c", text="z"),
        ),
    )
    tree = tree_of(ours)
    assert (tree["id"], tree["requirements"], tree["task_category"]) == ("root-2", "ours", None)
    again = parse_tree(tree, "x")
    assert [(leaf.id, leaf.kind) for leaf in leaves(again)] == [
        ("a", "code"),
        ("b", "result"),
        ("c", "result"),
    ]
    assert leaf_shares(again) == leaf_shares(ours)


def test_code_only() -> None:
    rubric = pruned(parse_tree(node("root", TREE, node("e", task_category="Code Execution")), "x"), ("code",))
    assert [each.id for each in walk(rubric.criteria)] == ["root", "root-2", "code", "a", "b"]
    with pytest.raises(ValueError, match="no leaf of kind visual"):
        pruned(rubric, ("visual",))


TREES = st.recursive(
    st.builds(
        lambda id, weight, category: node(id, weight=weight, task_category=category),
        st.sampled_from("abc"),
        st.one_of(st.integers(0, 20), st.floats(0, 1e9)),
        st.sampled_from(["Code Development", "Code Execution", "Result Analysis", "Subtree", None]),
    ),
    lambda below: st.builds(
        lambda id, children: node(id, *children),
        st.sampled_from("abcd"),
        st.lists(below, min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_no_tree_is_changed_by_reading_it(tree: dict[str, Any]) -> None:
    rubric = parse_tree(tree, "x")
    assert tree_of(rubric) == tree
    ids = [each.id for each in walk(rubric.criteria)]
    assert len(set(ids)) == len(ids)


def test_the_published_rubrics() -> None:
    folder = folder_of("AGENTKIT_FRONTIER_EVALS") / "project" / "paperbench" / "data" / "papers"
    paths = sorted(folder.glob("*/rubric.json"))
    rubrics = [read_rubric(path) for path in paths]
    assert [len(rubrics), sum(len(list(walk(each.criteria))) for each in rubrics)] == [23, 12_038]
    assert sum(len(leaves(each)) for each in rubrics) == 8921
    assert [each.code for rubric in rubrics for each in rubric.diagnostics] == ["duplicate-id"] * 6
    for path, rubric in zip(paths, rubrics, strict=True):
        assert paperbench_text(rubric) == path.read_text(encoding="utf-8").rstrip("\n")
    assert sum(map(enough_for_most, rubrics)) == 4011


def enough_for_most(rubric: Rubric) -> int:
    """How many leaves, the largest first, have 95 % of the weight."""
    shares, weight = leaf_shares(rubric), Fraction(0)
    for count, leaf in enumerate(by_share(rubric), start=1):
        weight += shares[leaf.id]
        if weight >= Fraction(95, 100):
            return count
    raise AssertionError


@pytest.mark.parametrize(("name", "nodes", "repeated"), [("rice", 489, 0), ("bbox", 422, 3)])
def test_some_published_rubrics(name: str, nodes: int, repeated: int) -> None:
    path = folder_of("AGENTKIT_JUDGE_DATA") / "paperbench" / f"{name}.rubric.json"
    rubric = read_rubric(path)
    assert (rubric.title, len(list(walk(rubric.criteria))), len(rubric.diagnostics)) == (
        name,
        nodes,
        repeated,
    )
    assert json.loads(paperbench_text(rubric)) == json.loads(path.read_text(encoding="utf-8"))
