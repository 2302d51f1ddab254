from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import UsageError
from agentkit.search.grammar import (
    RESEARCH,
    check_rules,
    cross,
    derive,
    fits,
    heights,
    mutate,
    neighbour,
    places,
    render,
)

NESTED = {"start": ("<list>",), "list": ("<item>, <list>", "<item>"), "item": ("a", "b", "<item><item>")}


@given(seed=st.integers(0, 300), rules=st.sampled_from([RESEARCH, NESTED]))
def test_whatever_is_bred_is_of_the_grammar_and_goes_through_a_journal(
    seed: int, rules: dict[str, tuple[str, ...]]
) -> None:
    rng = random.Random(seed)
    one, other = derive(rules, rng), derive(rules, rng)
    for each in (one, mutate(rules, one, rng), cross(one, other, rng), neighbour(rules, one, rng)):
        assert fits(rules, each)
        assert json.loads(json.dumps(each)) == each
        assert "<" not in render(rules, each)
        assert derive(rules, random.Random(seed)) == one, "the original is as it was"


def test_a_neighbour_differs_in_one_leaf() -> None:
    rules = {"start": ("<x> <x> <x>",), "x": ("1", "2", "3")}
    one = derive(rules, random.Random(0))
    for seed in range(20):
        near = render(rules, neighbour(rules, one, random.Random(seed))).split()
        assert sum(a != b for a, b in zip(near, render(rules, one).split(), strict=True)) == 1


def test_a_crossover_brings_a_part_of_the_other() -> None:
    rules = {"start": ("<x>-<y>",), "x": ("a", "b"), "y": ("c", "d")}
    one, other = ["start", 0, [["x", 0, []], ["y", 0, []]]], ["start", 0, [["x", 1, []], ["y", 1, []]]]
    found = {render(rules, cross(one, other, random.Random(seed))) for seed in range(40)}
    assert found == {"b-d", "b-c", "a-d"}
    assert [path for path, _ in places(one)] == [(), (0,), (1,)]


def test_an_alternative_that_never_ends_is_left_below_a_depth() -> None:
    longest = max(len(render(NESTED, derive(NESTED, random.Random(seed)))) for seed in range(200))
    assert longest < 20_000
    assert heights(NESTED) == {"start": 3.0, "list": 2.0, "item": 1.0}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"begin": ("x",)}, "begins with 'start'"),
        ({"start": ("<x>",)}, "no rule"),
        ({"start": ("<x>",), "x": ("more <x>",)}, "never comes to an end"),
        ({"start": ()}, "never comes to an end"),
    ],
)
def test_a_grammar_that_cannot_be_used_is_refused(rules: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_rules(rules)


@pytest.mark.parametrize("genome", [None, [], ["start", 9, []], ["start", 0, []], ["x", 0, []], "start"])
def test_what_is_no_derivation_does_not_fit(genome: object) -> None:
    assert not fits({"start": ("<x>",), "x": ("1",)}, genome) or genome == ["x", 0, []]
