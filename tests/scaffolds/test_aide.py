import random
from collections.abc import Mapping
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import UsageError
from agentkit.journal.tree import Tree


def aide(**settings: Any) -> Scaffold:
    return open_catalog().load("scaffold", "aide").build(settings)


def grown(statuses: Mapping[str, float | None], parents: Mapping[str, str] | None = None) -> Tree:
    return Tree(
        Attempt(
            id=id,
            operator="draft",
            parents=(parents[id],) if parents and id in parents else (),
            outcome=Outcome(status="crash" if fitness is None else "valid"),
            fitness=fitness,
        )
        for id, fitness in statuses.items()
    )


def select(scaffold: Scaffold, tree: Tree, seed: int = 0) -> Expansion:
    (chosen,) = scaffold.policy.select(tree, (), 1, random.Random(seed))
    return chosen


def test_it_drafts_first_counting_those_under_way() -> None:
    scaffold = aide(drafts=2)
    assert select(scaffold, Tree()).operator == "draft"
    one = grown({"a1": 1.0})
    assert select(scaffold, one).operator == "draft"
    (chosen,) = scaffold.policy.select(one, [Expansion(operator="draft")], 1, random.Random(0))
    assert chosen == Expansion(operator="improve", parents=("a1",))


def test_it_improves_the_best_and_debugs_with_its_probability() -> None:
    tree = grown({"a1": 1.0, "a2": 2.0, "a3": None})
    assert select(aide(drafts=1, debug_probability=0.0), tree) == Expansion(
        operator="improve", parents=("a2",)
    )
    assert select(aide(drafts=1, debug_probability=1.0), tree) == Expansion(operator="debug", parents=("a3",))
    half = [select(aide(drafts=1), tree, seed).operator for seed in range(400)]
    assert 160 < half.count("debug") < 240


def test_a_branch_is_given_up_after_its_depth_and_not_one_later() -> None:
    tree = grown({"a1": None, "a2": None, "a3": None}, {"a2": "a1", "a3": "a2"})
    sure = {"drafts": 1, "debug_probability": 1.0}
    assert select(aide(**sure, max_debug_depth=3), tree).operator == "debug"
    assert select(aide(**sure, max_debug_depth=2), tree).operator == "draft"


def test_a_wrong_setting_is_named_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"dratfs.*\n.*drafts \(5\)"):
        aide(dratfs=3)


def test_it_fills_its_room_and_what_it_has_just_decided_counts() -> None:
    chosen = aide(drafts=2).policy.select(grown({"a1": 1.0}), (), 3, random.Random(0))
    assert [(each.operator, each.parents) for each in chosen] == [
        ("draft", ()),
        ("improve", ("a1",)),
        ("improve", ("a1",)),
    ]
