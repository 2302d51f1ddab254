from __future__ import annotations

import random

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree
from agentkit.search.rounds import Rounds


def ended(tree: Tree, expansion: Expansion, fitness: float | None) -> None:
    tree.add(
        Attempt(
            id=f"a{len(tree.attempts) + 1}",
            **expansion.model_dump(exclude={"reason"}),
            outcome=Outcome(status="crash" if fitness is None else "valid"),
            fitness=fitness,
        )
    )


def played(rounds: Rounds, ends: list[float | None], width: int = 1) -> list[list[str]]:
    """A search behind a barrier: what was selected each time, as `operator parent place`."""
    tree, waves = Tree(), []
    left = list(ends)
    while left:
        chosen = rounds.select(tree, (), min(width, len(left)), random.Random(len(left)))
        if not chosen:
            break
        waves.append([f"{each.operator} {'+'.join(each.parents)}".strip() for each in chosen])
        for each in chosen:
            ended(tree, each, left.pop(0))
    return waves


def test_behind_a_barrier_a_wave_is_a_round() -> None:
    rounds = Rounds(first=2, siblings=3, debug_probability=1.0, max_debug_depth=9, barrier=True)
    assert played(rounds, [0.1, None, 0.5, 0.2, 0.2, 0.2], width=8) == [
        ["draft", "draft"],
        ["debug a2"],
        ["improve a3"] * 3,
    ]


def test_a_round_that_does_not_fit_is_completed_first() -> None:
    rounds = Rounds(first=1, siblings=3, barrier=True)
    assert played(rounds, [0.1, 0.9, 0.2, 0.3, 0.2], width=2) == [
        ["draft"],
        ["improve a1"] * 2,
        ["improve a1"],
        ["improve a2"],
    ]


def test_it_is_finished_after_its_rounds() -> None:
    assert len(played(Rounds(first=2, siblings=2, rounds=3), [0.1] * 20)) == 6


def test_while_nothing_is_valid_it_drafts_and_a_tree_without_rounds_begins_one() -> None:
    assert played(Rounds(first=2, siblings=3), [None] * 6) == [["draft"]] * 6
    tree = Tree()
    ended(tree, Expansion(operator="draft"), 0.5)
    (chosen,) = Rounds(first=2, siblings=3).select(tree, (), 1, random.Random(0))
    assert (chosen.parents, chosen.params) == (("a1",), {"round": 1, "siblings": 3, "sibling": 0})
