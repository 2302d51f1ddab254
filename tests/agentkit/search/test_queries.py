from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome, Status
from agentkit.journal.tree import Tree
from agentkit.search.queries import (
    debug_depth,
    debuggable,
    drafts,
    fittest,
    scaled,
    valid_attempts,
    working_ancestor,
)


def attempt(id: str, status: Status, *parents: str) -> Attempt:
    fitness = 1.0 if status == "valid" else None
    return Attempt(id=id, operator="x", parents=parents, outcome=Outcome(status=status), fitness=fitness)


TREE = Tree(
    [
        attempt("a1", "valid"),
        attempt("a2", "crash", "a1"),
        attempt("a3", "timeout", "a2"),
        attempt("a4", "invalid", "a3"),
        attempt("a5", "flagged", "a1"),
        attempt("a6", "crash"),
    ]
)


def test_valid_and_drafts() -> None:
    assert [each.id for each in valid_attempts(TREE)] == ["a1"]
    assert [each.id for each in drafts(TREE)] == ["a1", "a6"]


def test_debug_depth_counts_failures_in_a_row() -> None:
    depths = {id: debug_depth(TREE, each) for id, each in TREE.attempts.items()}
    assert depths == {"a1": 0, "a2": 1, "a3": 2, "a4": 3, "a5": 0, "a6": 1}


def test_only_buggy_leaves_within_the_depth_are_debugged() -> None:
    assert [each.id for each in debuggable(TREE, [], 3)] == ["a4", "a6"]
    assert [each.id for each in debuggable(TREE, [], 2)] == ["a6"]


def test_what_somebody_is_repairing_is_left_alone() -> None:
    pending = [Expansion(operator="debug", parents=("a6",))]
    assert [each.id for each in debuggable(TREE, pending, 3)] == ["a4"]


def figures(*values: float) -> list[Attempt]:
    outcome = Outcome(status="valid")
    return [
        Attempt(id=f"a{number}", operator="x", outcome=outcome, fitness=value)
        for number, value in enumerate(values)
    ]


def test_scaled_is_between_the_worst_and_the_best() -> None:
    assert scaled(figures(-3.0, -1.0, -2.0)) == [0.0, 1.0, 0.5]
    assert scaled(figures(2.0, 2.0)) == [1.0, 1.0]
    assert scaled([]) == []


def test_the_fittest_come_first_and_of_equals_the_oldest() -> None:
    assert [each.id for each in fittest(figures(1.0, 3.0, 2.0, 3.0), 3)] == ["a1", "a3", "a2"]


def test_a_chain_of_repairs_has_one_working_ancestor() -> None:
    found = {each.id: working_ancestor(TREE, each.parents) for each in TREE.attempts.values()}
    assert found == {"a1": None, "a2": "a1", "a3": "a1", "a4": "a1", "a5": "a1", "a6": None}
