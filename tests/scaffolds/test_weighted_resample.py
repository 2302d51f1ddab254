from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree


def test_parents_are_drawn_by_fitness_and_none_is_impossible(
    build: Callable[..., Scaffold], play: Callable[..., list[Expansion]]
) -> None:
    tree, scaffold = Tree(), build("weighted_resample", starts=3)
    assert [each.operator for each in play(scaffold, [-9.0, -5.0, -1.0], tree=tree)] == ["draft"] * 3
    drawn = Counter(
        each.parents[0]
        for seed in range(600)
        for each in scaffold.policy.select(tree, (), 1, random.Random(seed))
    )
    assert drawn["a3"] > drawn["a2"] > drawn["a1"] > 0
