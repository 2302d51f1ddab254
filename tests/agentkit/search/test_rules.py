from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import BrokenPlugin
from agentkit.journal.tree import Tree
from agentkit.search.operators import DEBUG, DRAFT
from agentkit.search.rules import RuleBroken, ask_policy, check_expansion, randomness


class Greedy:
    """Fills the room, and one more."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return [Expansion(operator="draft")] * (room + 1)


class Clearing:
    """Takes what is pending for its own list."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        pending.clear()  # type: ignore[attr-defined]
        return ()


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


TREE = Tree(
    [
        Attempt(id="a1", operator="draft", outcome=Outcome(status="valid"), fitness=1.0),
        Attempt(id="a2", operator="draft", outcome=Outcome(status="flagged")),
        Attempt(id="a3", operator="draft", outcome=Outcome(status="crash")),
    ]
)


@pytest.mark.parametrize(
    ("operator", "parents", "said"),
    [
        ("draft", ("a2",), "'a2' broke the task's rules"),
        ("draft", ("a1", "a3", "a2"), "'a2' broke the task's rules"),
        ("debug", ("a2",), "'a2' broke the task's rules"),
        ("draft", ("a1", "a1"), "'a1' is there twice"),
        ("debug", ("a1",), "'a1' did not fail"),
    ],
)
def test_a_parent_that_cannot_be_built_on(operator: str, parents: tuple[str, ...], said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        check_expansion(SCAFFOLD, TREE, Expansion(operator=operator, parents=parents))
    check_expansion(SCAFFOLD, TREE, Expansion(operator="debug", parents=("a3", "a1")))


def test_more_than_there_is_room_for_is_refused() -> None:
    with pytest.raises(RuleBroken, match="Greedy returned 3 expansions for room 2"):
        ask_policy(replace(SCAFFOLD, policy=Greedy()), Tree(), (), 2, random.Random(0))


def test_what_is_pending_cannot_be_changed_by_a_policy() -> None:
    pending = [Expansion(operator="draft")]
    with pytest.raises(RuleBroken, match="'survives' .* AttributeError"):
        ask_policy(replace(SCAFFOLD, policy=Clearing()), Tree(), pending, 2, random.Random(0))
    assert len(pending) == 1


def test_randomness_is_that_of_a_run() -> None:
    assert randomness(3, 2).random() == random.Random("3/2").random()
    assert randomness(3, 2).random() != randomness(3, 1).random()
