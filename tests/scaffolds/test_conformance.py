"""What every policy owes: pure, within its room, naming only what exists, coming to an end."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome, Status
from agentkit.journal.tree import Tree

CATALOG = open_catalog()
NAMES = [entry.name for entry in CATALOG.entries("scaffold")]
STATUSES: tuple[Status, ...] = ("valid", "invalid", "crash", "timeout", "flagged")


def test_the_scaffolds_of_the_issue_are_there() -> None:
    assert {"aide", "flat", "nop", "oracle", "react"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@given(
    statuses=st.lists(st.sampled_from(STATUSES), max_size=12),
    seed=st.integers(0, 5),
    room=st.integers(1, 4),
)
def test_a_policy_keeps_its_contract(name: str, statuses: list[Status], seed: int, room: int) -> None:
    scaffold = CATALOG.load("scaffold", name).build({})
    tree = Tree()
    choose = random.Random(seed)
    for number, status in enumerate(statuses, 1):
        parents = () if not tree.attempts or choose.random() < 0.5 else (choose.choice(list(tree.attempts)),)
        tree.add(
            Attempt(
                id=f"a{number}",
                operator=choose.choice(list(scaffold.operators)),
                parents=parents,
                outcome=Outcome(status=status),
                fitness=choose.random() if status == "valid" else None,
            )
        )
    for pending in ((), (Expansion(operator=next(iter(scaffold.operators))),)):
        first = scaffold.policy.select(tree, pending, room, random.Random(seed))
        again = scaffold.policy.select(tree, pending, room, random.Random(seed))
        assert first == again, "the same journal and seed must select the same"
        assert len(first) <= room
        for expansion in first:
            assert expansion.operator in scaffold.operators
            assert all(parent in tree.attempts for parent in expansion.parents)
            assert not any(tree.attempts[each].outcome.status == "flagged" for each in expansion.parents)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", STATUSES)
def test_a_search_that_always_ends_alike_comes_to_an_end(name: str, status: Status) -> None:
    """All buggy, all flagged, all valid: the scaffold's own number of attempts is enough to stop it."""
    scaffold = CATALOG.load("scaffold", name).build({})
    assert scaffold.attempts is not None
    tree = Tree()
    for number in range(scaffold.attempts):
        chosen = scaffold.policy.select(tree, (), 1, random.Random(number))
        if not chosen:
            break
        tree.add(
            Attempt(
                id=f"a{number + 1}",
                operator=chosen[0].operator,
                parents=chosen[0].parents,
                outcome=Outcome(status=status),
                fitness=float(number) if status == "valid" else None,
            )
        )
    assert tree.attempts
