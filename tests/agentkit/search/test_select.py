from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.budget import Budget
from agentkit.errors import BrokenPlugin
from agentkit.search.select import select_attempts

DRAFT = Expansion(operator="draft")


class Noting:
    """Returns the same expansions and keeps what it was asked with."""

    def __init__(self, *expansions: Expansion) -> None:
        self.expansions = expansions
        self.rooms: list[int] = []
        self.draws: list[float] = []

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        self.rooms.append(room)
        self.draws.append(rng.random())
        return self.expansions[:room]


def test_room_is_what_width_and_caps_leave(bench: Any) -> None:
    policy = Noting(DRAFT, DRAFT, DRAFT)
    run = bench.open(policy, None, width=3, budget=Budget(attempts=4))
    assert select_attempts(run) == ""
    assert policy.rooms == [3]
    assert select_attempts(run) == "", "the width is used up, so the policy is not asked"
    assert policy.rooms == [3]
    assert [each.id for each in run.journal.state.pending] == ["a1", "a2", "a3"]
    run.journal.close()


def test_randomness_depends_on_the_seed_and_the_number_of_selections(bench: Any) -> None:
    draws = []
    for seed in (0, 0, 1):
        policy = Noting()
        run = bench.open(policy, None, seed=seed)
        assert select_attempts(run) == "the scaffold has nothing more to try"
        assert select_attempts(run) == "the scaffold has nothing more to try"
        draws.append(policy.draws)
        run.journal.close()
    assert draws[0] == draws[1]
    assert draws[0][0] == draws[0][1], "nothing was selected in between"
    assert draws[0] != draws[2]


@pytest.mark.parametrize(
    ("expansion", "message"),
    [
        (Expansion(operator="improve", parents=("a9",)), "'a9' is no finished attempt"),
        (Expansion(operator="polish"), "the operator 'polish'"),
    ],
)
def test_a_policy_that_names_what_is_not_there_is_broken(
    bench: Any, expansion: Expansion, message: str
) -> None:
    run = bench.open(Noting(expansion), None)
    with pytest.raises(BrokenPlugin, match=message):
        select_attempts(run)
    assert not run.journal.state.selected
    run.journal.close()


def test_a_stop_rule_ends_the_search_with_its_reason_and_before_the_policy_is_asked(bench: Any) -> None:
    policy = Noting(DRAFT)
    rules = (lambda tree, metric: "", lambda tree, metric: f"enough {metric.name}")
    run = bench.open(policy, None, scaffold={"stop": rules})
    assert select_attempts(run) == "enough score"
    assert (policy.rooms, dict(run.journal.state.selected)) == ([], {})
    run.journal.close()


def test_a_stop_rule_that_raises_is_named_with_its_error(bench: Any) -> None:
    def broken(tree: AttemptTree, metric: object) -> str:
        raise KeyError("loss")

    run = bench.open(Noting(DRAFT), None, scaffold={"stop": (broken,)})
    with pytest.raises(BrokenPlugin, match=r"stop rule .* KeyError: 'loss'"):
        select_attempts(run)
    run.journal.close()


def test_a_policy_that_raises_is_named_with_its_error(bench: Any) -> None:
    class Broken:
        def select(self, *_: object) -> Sequence[Expansion]:
            raise KeyError("island")

    run = bench.open(Broken(), None)
    with pytest.raises(BrokenPlugin, match="policy Broken failed with KeyError: 'island'"):
        select_attempts(run)
    run.journal.close()
