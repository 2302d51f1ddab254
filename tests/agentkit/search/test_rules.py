from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import BrokenPlugin
from agentkit.journal.tree import Tree
from agentkit.search.operators import DEBUG, DRAFT
from agentkit.search.rules import RuleBroken, ask_policy, check_expansion, randomness


class Failing:
    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        raise KeyError("island")


SCAFFOLD = Scaffold(policy=Failing(), operators={"draft": DRAFT, "debug": DEBUG})


def test_a_failure_is_named_with_what_the_policy_was_given() -> None:
    with pytest.raises(
        RuleBroken, match=r"'survives' .* KeyError: 'island'.\n.*0 attempts, 1 pending"
    ) as caught:
        ask_policy(SCAFFOLD, Tree(), [Expansion(operator="draft")], 2, random.Random(0))
    assert caught.value.rule == "survives"
    assert isinstance(caught.value, BrokenPlugin)


@pytest.mark.parametrize(
    ("expansion", "rule"),
    [
        (Expansion(operator="polish"), "operators"),
        (Expansion(operator="draft", parents=("a1",)), "parents"),
        (Expansion(operator="debug"), "debug"),
        (Expansion(operator="draft", params={"island": {1}}), "params"),
    ],
)
def test_an_expansion_that_cannot_be_carried_out(expansion: Expansion, rule: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        check_expansion(SCAFFOLD, Tree(), expansion)
    assert caught.value.rule == rule


def test_randomness_is_that_of_a_run() -> None:
    assert randomness(3, 2).random() == random.Random("3/2").random()
    assert randomness(3, 2).random() != randomness(3, 1).random()
