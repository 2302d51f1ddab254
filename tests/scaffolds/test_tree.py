from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_one_draft_then_rounds_of_three_from_the_best(build: Build, play: Play) -> None:
    chosen = play(build("tree"), [0.5, 0.4, 0.9, 0.6, 0.7, 0.2, 0.3, 0.1])
    assert [(each.operator, each.parents) for each in chosen] == [
        ("draft", ()),
        *[("improve", ("a1",))] * 3,
        *[("improve", ("a3",))] * 3,
        ("improve", ("a3",)),
    ]


def test_a_failure_is_never_repaired(build: Build, play: Play) -> None:
    assert {each.operator for each in play(build("tree"), [None] * 12)} == {"draft"}


def test_its_barrier_lets_one_round_through_and_the_steady_state_fills_the_room(
    build: Build, finish: Any
) -> None:
    tree = finish(Tree(), Expansion(operator="draft", params={"round": 1, "siblings": 1}), 0.5)
    sizes = []
    for barrier in (True, False):
        scaffold = build("tree", barrier=barrier)
        assert scaffold.barrier is barrier
        sizes.append(len(scaffold.policy.select(tree, (), 8, random.Random(0))))
    assert sizes == [3, 8]
