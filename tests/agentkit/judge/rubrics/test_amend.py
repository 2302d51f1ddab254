from __future__ import annotations

import pytest

from agentkit.contracts.rubric import LeafKind
from agentkit.errors import BadFile
from agentkit.judge.rubrics.amend import amended
from agentkit.judge.rubrics.end2end_form import form_rubric, parse_form
from agentkit.judge.rubrics.lint import lint
from agentkit.judge.tree import leaves
from tests.agentkit.judge.rubrics.forms import FORM

RUBRIC = form_rubric(parse_form(FORM))


def test_the_nearest_id_says_what_a_leaf_is_about() -> None:
    kinds: dict[str, LeafKind] = {"s1": "code", "s1.2": "execution", "s1.2.2": "report"}
    found = amended(RUBRIC, kinds=kinds)
    assert {leaf.id: leaf.kind for leaf in leaves(found)} == {
        "s1.1": "code", "s1.2.1": "execution", "s1.2.2": "report", "s1.3": "code", "s2.1": None, "s2.2": None,
    }  # fmt: skip


def test_a_kind_of_the_rubrics_own_gives_way_to_the_leafs_id_alone() -> None:
    own = amended(RUBRIC, kinds={"s1.1": "visual"})
    kept = {leaf.id: leaf.kind for leaf in leaves(amended(own, kinds={"s1": "code"}))}
    assert (kept["s1.1"], kept["s1.3"]) == ("visual", "code")
    assert leaves(amended(own, kinds={"s1.1": "code"}))[0].kind == "code"


def test_errata_follow_the_rubrics_own() -> None:
    assert amended(amended(RUBRIC, ["first"]), ["second"]).errata == ("first", "second")


def test_nothing_to_amend_changes_nothing() -> None:
    assert amended(RUBRIC) == RUBRIC
    assert lint(amended(RUBRIC, kinds={"s1": "code", "s2": "result"})) == ()


def test_an_id_that_is_not_there() -> None:
    with pytest.raises(BadFile, match="did you mean s1.3") as caught:
        amended(RUBRIC, kinds={"s1.33": "code"}, path="tasks.toml")
    assert caught.value.message == "tasks.toml has a mistake at 'kinds.s1.33'."
