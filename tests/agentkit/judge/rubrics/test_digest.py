from __future__ import annotations

from typing import Any

import pytest

from agentkit.contracts.rubric import Criterion, Diagnostic, Rubric
from agentkit.judge.rubrics.digest import leaf_digest, normalised, rubric_digest

LEAF = Criterion(id="a", text="It is fast.", kind="code", points=4)
RUBRIC = Rubric(title="t", criteria=(Criterion(id="g", text="g", children=(LEAF,)),))


def test_white_space_is_not_content() -> None:
    assert normalised(" It  is\n\tfast. ") == "It is fast."
    assert leaf_digest(LEAF.model_copy(update={"text": " It  is\nfast."})) == leaf_digest(LEAF)


@pytest.mark.parametrize(
    "change",
    [{"text": "It is slow."}, {"id": "b"}, {"kind": None}, {"points": 3.0}, {"check": {"kind": "diff"}}],
)
def test_another_question_is_another_leaf(change: dict[str, Any]) -> None:
    assert leaf_digest(LEAF.model_copy(update=change)) != leaf_digest(LEAF)


def test_what_it_counts_does_not_change_the_question() -> None:
    assert leaf_digest(LEAF.model_copy(update={"weight": 9.0, "source": {"x": 1}})) == leaf_digest(LEAF)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"title": "u"}, False),
        ({"errata": ("x",)}, False),
        ({"denominator": "declared_total"}, False),
        ({"criteria": (LEAF,)}, False),
        ({"criteria": (RUBRIC.criteria[0].model_copy(update={"weight": 2.0}),)}, False),
        ({"criteria": (RUBRIC.criteria[0].model_copy(update={"requires": ("a",)}),)}, False),
        ({"criteria": (RUBRIC.criteria[0].model_copy(update={"source": {"x": 1}}),)}, True),
        ({"diagnostics": (Diagnostic(code="c", place="p", text="t"),)}, True),
        ({"format": "paperbench"}, True),
    ],
)
def test_a_rubric_is_what_its_score_depends_on(change: dict[str, Any], same: bool) -> None:
    assert (rubric_digest(RUBRIC.model_copy(update=change)) == rubric_digest(RUBRIC)) is same
