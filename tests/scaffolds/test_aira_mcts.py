from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_k_children_before_it_descends_and_then_to_the_most_promising(build: Build, play: Play) -> None:
    chosen = play(build("aira_mcts", children=2), [0.2, 0.9, 0.8, 0.7, 0.6])
    assert [each.parents for each in chosen] == [(), (), ("a2",), ("a2",), ("a3",)]


def test_without_exploring_it_stays_and_with_much_of_it_it_tries_the_others(build: Build, play: Play) -> None:
    ends = [0.2, 0.9, *[0.5] * 12]
    roots = []
    for exploration in (0.0, 10.0):
        chosen = play(build("aira_mcts", children=2, exploration=exploration), ends)
        roots.append(sum(each.parents == ("a1",) for each in chosen))
    assert roots == [0, 2]


def test_a_failure_is_repaired_first_and_one_given_up_frees_its_slot(build: Build, play: Play) -> None:
    """In the released code a child that stays broken is never visited, and its slot is lost."""
    chosen = play(build("aira_mcts", children=2, max_debug_depth=1), [0.5, None, None, 0.4, 0.3])
    assert [(each.operator, each.parents) for each in chosen] == [
        ("draft", ()),
        ("draft", ()),
        ("debug", ("a2",)),
        ("draft", ()),
        ("improve", ("a1",)),
    ]


def test_what_is_under_way_is_spread(build: Build, play: Play) -> None:
    tree = Tree()
    play(build("aira_mcts", children=2), [0.5, 0.5], tree=tree)
    chosen = build("aira_mcts", children=2).policy.select(tree, (), 4, random.Random(0))
    assert Counter(each.parents for each in chosen) == {("a1",): 2, ("a2",): 2}
