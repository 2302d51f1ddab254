from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_each_island_begins_with_a_draft_and_repairs_until_one_is_valid(build: Build, play: Play) -> None:
    chosen = play(build("shinka", islands=1), [None, None, 0.5, 0.6])
    assert [each.operator for each in chosen[:3]] == ["draft", "debug", "debug"]
    assert chosen[3].operator in ("improve", "crossover")
    assert {each.params["island"] for each in play(build("shinka"), [0.5, 0.6])} == {0, 1}


def test_a_parent_with_many_children_is_drawn_less(
    build: Build, play: Play, finish: Callable[..., Tree]
) -> None:
    scaffold = build("shinka", islands=1, crossover_probability=0.0)
    tree = finish(finish(Tree(), Expansion(operator="draft"), 0.5), Expansion(operator="draft"), 0.5)
    child = Expansion(operator="improve", parents=("a1",))
    for _ in range(4):
        finish(tree, child, None)
    drawn = Counter(
        each.parents[0]
        for seed in range(300)
        for each in scaffold.policy.select(tree, (), 1, random.Random(seed))
    )
    assert drawn["a2"] > 3 * drawn["a1"] > 0


def test_what_it_names_as_inspirations_is_no_parent(build: Build, play: Play) -> None:
    chosen = play(build("shinka", islands=1), [0.1 * n for n in range(12)])
    shown = [each for each in chosen if each.params.get("inspirations")]
    assert shown
    assert not any(set(each.params["inspirations"]) & set(each.parents[:1]) for each in shown)
