from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree


def test_start_valid_and_failed_are_equally_likely(build: Callable[..., Scaffold], finish: Any) -> None:
    draft = Expansion(operator="draft")
    tree = finish(finish(Tree(), draft, 0.5), draft, None)
    scaffold = build("random_search")
    drawn = Counter(
        (each.operator, each.parents)
        for seed in range(600)
        for each in scaffold.policy.select(tree, (), 1, random.Random(seed))
    )
    assert set(drawn) == {("draft", ()), ("improve", ("a1",)), ("debug", ("a2",))}
    assert min(drawn.values()) > 150
