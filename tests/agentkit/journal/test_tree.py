from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree


def attempt(id: str, *parents: str, fitness: float | None = None) -> Attempt:
    status = "crash" if fitness is None else "valid"
    return Attempt(
        id=id,
        operator="x",
        parents=parents,
        outcome=Outcome.model_validate({"status": status}),
        fitness=fitness,
    )


def test_children_by_parent_and_roots_by_none() -> None:
    tree = Tree([attempt("a1"), attempt("a2", "a1"), attempt("a3", "a1", "a2")])
    assert [each.id for each in tree.children(None)] == ["a1"]
    assert [each.id for each in tree.children("a1")] == ["a2", "a3"]
    assert [each.id for each in tree.children("a2")] == ["a3"]
    assert tree.children("nobody") == ()


def test_best_is_none_while_nothing_is_valid() -> None:
    assert Tree([attempt("a1"), attempt("a2")]).best() is None


def test_of_equals_the_oldest_is_best_also_below_zero() -> None:
    best = Tree(
        [attempt("a1", fitness=-3.0), attempt("a2", fitness=-1.0), attempt("a3", fitness=-1.0)]
    ).best()
    assert best is not None
    assert best.id == "a2"


@given(st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), st.floats(-5, 5)))))
def test_adding_twice_changes_nothing(given_: list[tuple[int, float | None]]) -> None:
    attempts = [attempt(f"a{number}", fitness=fitness) for number, fitness in given_]
    once, twice = Tree(attempts), Tree([*attempts, *attempts])
    assert once.attempts == twice.attempts
    assert once.children(None) == twice.children(None)
    assert once.best() == twice.best()
