from __future__ import annotations

import random
from collections import Counter

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree
from agentkit.search.islands import (
    elites,
    inhabitants,
    inspirations,
    island_of,
    likely,
    novelty_weights,
    pick_island,
    survivors,
)


def attempt(
    id: str, fitness: float | None, island: object = 0, parents: tuple[str, ...] = (), seconds: float = 1.0
) -> Attempt:
    outcome = Outcome(status="crash" if fitness is None else "valid", seconds=seconds, metrics={"loss": 2.0})
    params = {"island": island}
    return Attempt(id=id, operator="x", params=params, parents=parents, outcome=outcome, fitness=fitness)


def ids(attempts: list[Attempt]) -> list[str]:
    return [each.id for each in attempts]


def test_an_island_is_where_the_params_say() -> None:
    assert [island_of(attempt("a", 1.0, each), 3) for each in (2, 4, "west", None)] == [2, 1, 0, 0]


def test_migrants_are_seen_from_one_migration_to_the_next_and_belong_where_they_were_made() -> None:
    tree = Tree([attempt("a1", 1.0, 0), attempt("a2", 5.0, 1), attempt("a3", 4.0, 1)])
    assert ids(inhabitants(tree, 0, 2, (1,), 4, 0.5)) == ["a1"]
    tree.add(attempt("a4", None, 0))
    assert ids(inhabitants(tree, 0, 2, (1,), 4, 0.5)) == ["a1", "a2"]
    tree.add(attempt("a5", 9.0, 1))
    assert ids(inhabitants(tree, 0, 2, (1, 1), 4, 0.5)) == ["a1", "a2"], "it has not migrated yet"
    assert ids(inhabitants(tree, 1, 2, (0,), 4, 0.5)) == ["a2", "a3", "a5", "a1"]


def test_a_child_below_the_mean_dies_and_the_worst_leaves_a_full_island() -> None:
    tree = Tree([attempt(f"a{n}", value) for n, value in enumerate((1.0, 3.0, 1.9, 2.0, 5.0, None))])
    assert ids(survivors(tree, 0, 1, founders=2, capacity=9)) == ["a4", "a1", "a3", "a0"]
    assert ids(survivors(tree, 0, 1, founders=2, capacity=3)) == ["a4", "a1", "a3"]


def test_draws_follow_fitness() -> None:
    low, high = attempt("a1", 1.0), attempt("a2", 2.0)
    rng = random.Random(0)
    drawn = Counter(likely([low, high], 1.0, rng).id for _ in range(2000))
    assert 2.2 < drawn["a2"] / drawn["a1"] < 3.3, "a softmax over 0 and 1: e to 1"
    islands = Counter(pick_island([[low], [high], []], rng) for _ in range(2000))
    assert islands[1] > islands[0]
    assert islands[2] > 0


def test_weights_are_a_logistic_over_children_there_are_and_coming() -> None:
    tree = Tree([attempt("a1", 1.0), attempt("a2", 1.0), attempt("a3", 1.0, parents=("a1",))])
    archive = [tree.attempts["a1"], tree.attempts["a2"]]
    assert novelty_weights(tree, (), archive, 10.0) == [0.25, 0.5]
    coming = [Expansion(operator="x", parents=("a2",))]
    assert novelty_weights(tree, coming, archive, 10.0) == [0.25, 0.25]
    far = [attempt("b1", -1e30), attempt("b2", 0.0), attempt("b3", 1e30)]
    assert novelty_weights(Tree(far), (), far, 10.0)[2] > 0.99


def test_a_cell_holds_its_fittest() -> None:
    tree = Tree(
        [
            attempt("a1", 1.0, seconds=1.0),
            attempt("a2", 2.0, seconds=1.5),
            attempt("a3", 0.5, seconds=9.0),
            attempt("a4", 0.1, parents=("a1",), seconds=1.0),
        ]
    )
    everyone = list(tree.attempts.values())
    assert ids(elites(tree, everyone, ("depth", "seconds"), 2)) == ["a2", "a3", "a4"]
    assert ids(elites(tree, everyone, ("loss",), 5)) == ["a2"]


def test_inspirations_are_the_best_and_some_others_without_the_parent() -> None:
    archive = [attempt(f"a{n}", float(n)) for n in range(6)]
    shown = inspirations(archive, archive[5], 2, 2, random.Random(0))
    assert shown[:2] == ["a4", "a3"]
    assert len(set(shown)) == 4
    assert "a5" not in shown
    assert inspirations(archive[:1], archive[0], 3, 2, random.Random(0)) == []
