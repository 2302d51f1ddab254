from __future__ import annotations

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree
from agentkit.search.tree_search import count_visits


def attempt(id: str, fitness: float | None, *parents: str) -> Attempt:
    outcome = Outcome(status="crash" if fitness is None else "valid")
    return Attempt(id=id, operator="x", parents=parents, outcome=outcome, fitness=fitness)


TREE = Tree(
    [
        attempt("a1", 0.0),
        attempt("a2", None),
        attempt("a3", 4.0, "a2"),  # the repair of a2, so a child of the start
        attempt("a4", 2.0, "a3"),
        attempt("a5", None, "a3"),  # given up
    ]
)


def test_visits_and_worth_go_up_to_the_start_and_repairs_are_one_step() -> None:
    counted = count_visits(TREE, ())
    assert counted.children == {None: ["a1", "a3"], "a3": ["a4"]}
    assert counted.visits == {None: 4, "a1": 1, "a3": 3, "a4": 1}
    assert counted.worth == {None: 1.5, "a1": 0.0, "a3": 1.5, "a4": 0.5}


def test_what_is_under_way_is_a_visit_without_worth() -> None:
    counted = count_visits(TREE, [Expansion(operator="debug", parents=("a5",))])
    assert counted.under_way == {"a3": 1}
    assert counted.visits["a3"] == 3, "the failure in hand is not given up; its repair counts instead"


def test_it_descends_by_the_bound_once_a_place_is_full() -> None:
    counted = count_visits(TREE, ())
    assert counted.descend(0.0, 3) is None
    assert counted.descend(0.0, 2) == "a3"
    assert counted.descend(0.0, 1) == "a4"
    assert counted.descend(100.0, 2) == "a1", "visited least"


def test_a_place_whose_children_are_all_under_way_gets_one_more() -> None:
    assert count_visits(Tree(), [Expansion(operator="draft")] * 5).descend(1.0, 2) is None
