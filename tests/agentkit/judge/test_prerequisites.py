from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Citation, Criterion, Rubric
from agentkit.judge.evidence import Finding, error, failed, passed
from agentkit.judge.prerequisites import (
    Gate,
    apply_gates,
    apply_requirements,
    carry_failures,
    circle_of,
    gates_of,
    required_of,
    undecided,
    with_gate,
)

RUN = {"kind": "file", "file": "reproduce.sh"}
CODE = {"kind": "glob", "glob": "**/*.py", "at_least": 1}


def leaf(id: str, *requires: str, **more: Any) -> Criterion:
    return Criterion(id=id, text=f"text of {id}", requires=requires, **more)


def rubric(*criteria: Criterion) -> Rubric:
    return Rubric(title="t", criteria=criteria)


GATED = rubric(
    Criterion(
        id="g", text="g", gate=CODE, children=(leaf("a"), leaf("b", gate=RUN), leaf("c", gate=dict(CODE)))
    ),
    leaf("d", gate={"file": "reproduce.sh", "kind": "file"}),
    leaf("e"),
)


def test_equal_gates_are_one() -> None:
    assert gates_of(GATED) == [Gate(CODE, ("a", "b", "c")), Gate(RUN, ("b", "d"))]


def test_a_gate_that_fails_settles_what_is_below() -> None:
    code, run = gates_of(GATED)
    assert apply_gates([(code, passed("3 files")), (run, passed("there"))]) == {}
    found = apply_gates([(code, passed("3 files")), (run, failed("reproduce.sh is not there"))])
    why = "its gate: reproduce.sh is not there"
    assert found == {id: Finding("failed", why, 0.0, method="gate") for id in ("b", "d")}


def test_a_gate_that_cannot_be_checked_leaves_no_score_unless_another_fails() -> None:
    code, run = gates_of(GATED)
    found = apply_gates([(code, error("no sandbox")), (run, failed("not there"))])
    assert {id: each.status for id, each in found.items()} == {
        "a": "error", "b": "failed", "c": "error", "d": "failed",
    }  # fmt: skip
    assert found["a"].evidence == "its gate could not be checked: no sandbox"
    both = apply_gates([(code, failed("first")), (run, failed("second"))])
    assert both["b"].evidence == "its gate: first"  # the outermost is named


def test_a_gate_for_kinds() -> None:
    plain = rubric(
        Criterion(id="g", text="g", children=(leaf("a", kind="code"), leaf("b", kind="result"))), leaf("c")
    )
    assert gates_of(with_gate(plain, RUN, ("execution", "result"))) == [Gate(RUN, ("b",))]


CHAIN = rubric(
    leaf("late", "early"),
    Criterion(id="g", text="g", requires=("first",), children=(leaf("early"),)),
    leaf("first"),
)


def test_requirements_of_a_group_are_those_of_its_leaves() -> None:
    assert required_of(CHAIN) == {"late": ("early",), "early": ("first",), "first": ()}


def test_a_failure_is_carried_to_all_that_require_it() -> None:
    found = carry_failures(CHAIN, {"first": failed("no"), "early": passed("yes")})
    assert {id: (each.status, each.method, each.evidence) for id, each in found.items()} == {
        "first": ("failed", "check", "no"),
        "early": ("failed", "gate", "requires first, which has failed"),
        "late": ("failed", "gate", "requires early, which has failed"),
    }


def test_what_a_judge_said_is_kept_beside() -> None:
    cited = Citation(path="a.py", first_line=1, last_line=1)
    said = Finding("passed", "there", 1.0, method="panel", citations=(cited,))
    assert carry_failures(CHAIN, {"first": failed("no"), "early": said})["early"].citations == (cited,)


def test_a_part_is_enough() -> None:
    half = {"first": Finding("partial", "half", 0.5), "early": passed("yes"), "late": passed("yes")}
    assert apply_requirements(CHAIN, half) == half


def test_without_a_score_there_is_none_for_what_requires_it() -> None:
    found = apply_requirements(
        CHAIN, {"first": error("no sandbox"), "early": passed("yes"), "late": failed("no")}
    )
    assert (found["early"].status, found["early"].score) == ("ungraded", None)
    assert found["early"].evidence == "requires first, which has no score; by itself: yes"
    assert found["late"] == failed("no")  # it fails whatever comes of the others
    # Before all have been looked at, nothing follows from what is not known yet.
    assert carry_failures(CHAIN, {"early": passed("yes")}) == {"early": passed("yes")}


def test_circles() -> None:
    assert circle_of(CHAIN) == []
    circle = rubric(leaf("a", "b"), leaf("b", "c"), leaf("c", "a"), leaf("d", "a"))
    found = circle_of(circle)
    assert found[0] == found[-1] and set(found) == {"a", "b", "c"}
    assert all(pair in {("a", "b"), ("b", "c"), ("c", "a")} for pair in zip(found, found[1:], strict=False))
    with pytest.raises(ValueError, match="requires in a circle"):
        carry_failures(circle, {})
    own = rubric(Criterion(id="g", text="g", requires=("a",), children=(leaf("a"),)))
    assert circle_of(own) == ["a", "a"]


def test_an_id_that_is_no_leaf_is_not_waited_for() -> None:
    found = {"a": passed("yes")}
    assert apply_requirements(rubric(leaf("a", "nowhere")), found) == found


def test_open_leaves() -> None:
    assert [each.id for each in undecided(CHAIN, {"early": passed("yes")})] == ["late", "first"]


FINDINGS = st.sampled_from([passed("p"), failed("f"), error("e"), Finding("partial", "h", 0.5)])


@given(st.lists(st.tuples(st.sets(st.integers(0, 7)), FINDINGS, FINDINGS), min_size=1, max_size=8))
def test_what_is_not_known_yet_never_makes_a_score_that_changes(
    drawn: list[tuple[set[int], Finding, Finding]],
) -> None:
    """Whatever the unknown leaves turn out to be, a leaf with a score keeps it."""
    leaves = [leaf(f"l{n}", *(f"l{m}" for m in needs if m < n)) for n, (needs, _, _) in enumerate(drawn)]
    tree = rubric(*leaves)
    first = {f"l{n}": found for n, (_, found, _) in enumerate(drawn)}
    known = apply_requirements(tree, first)
    later = {f"l{n}": truth if found.score is None else found for n, (_, found, truth) in enumerate(drawn)}
    for id, found in apply_requirements(tree, later).items():
        if known[id].score is not None:
            assert found.score == known[id].score
