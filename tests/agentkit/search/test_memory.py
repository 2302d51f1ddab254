from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import MemoryView
from agentkit.contracts.task import Metric
from agentkit.journal.tree import Tree
from agentkit.search import memory

METRIC = Metric(name="score")


def attempt(id: str, *parents: str, valid: bool = True, plan: str = "", score: float = 1.0) -> Attempt:
    outcome = Outcome(status="valid" if valid else "crash", metrics={"score": score} if valid else {})
    return Attempt(
        id=id,
        operator="x",
        parents=parents,
        outcome=outcome,
        fitness=score if valid else None,
        plan=plan,
        lesson="learnt",
    )


TREE = Tree(
    [
        attempt("a1"),
        attempt("a2", "a1", valid=False),
        attempt("a3", "a2", valid=False),
        attempt("a4", "a1"),
        attempt("a5", valid=False),
    ]
)


def ids(view: MemoryView, *parents: str) -> list[str]:
    return [each.id for each in view(TREE, Expansion(operator="x", parents=parents))]


def test_views() -> None:
    assert ids(memory.nothing, "a1") == []
    assert ids(memory.all_good, "a1") == ["a1", "a4"]
    assert ids(memory.everything) == ["a1", "a2", "a3", "a4", "a5"]
    assert ids(memory.siblings, "a1") == ["a2", "a4"]
    assert ids(memory.siblings) == ["a1", "a5"]
    assert ids(memory.debug_chain, "a3") == ["a2", "a3"]
    assert ids(memory.debug_chain, "a4") == []


def test_inspirations_are_those_the_policy_names_the_best_last() -> None:
    scores = {"a1": 3.0, "a2": 1.0, "a3": 4.0, "a4": 2.0, "a5": 5.0}
    tree = Tree([*(attempt(id, score=score) for id, score in scores.items()), attempt("a6", valid=False)])

    def shown(*parents: str, **params: object) -> list[str]:
        expansion = Expansion(operator="x", parents=parents, params=params)
        return [each.id for each in memory.inspirations(tree, expansion)]

    assert shown("a5", inspirations=("a3", "a6", "a2")) == ["a6", "a2", "a3"]
    assert shown("a5", inspirations=()) == []
    assert shown("a5", inspirations=("gone",)) == [], "a policy's slip in a name costs no run"
    assert shown("a5") == ["a4", "a1", "a3"], "else the three fittest that are no parents"


def test_the_table_names_parents_results_and_lessons() -> None:
    table = memory.as_table([attempt("a2", "a1", plan="try | this\nnow")], METRIC)
    assert table.splitlines()[2] == "| a2 | a1 | valid | 1 | try / this now | learnt |"


def test_the_table_has_no_figure_of_what_broke_the_rules() -> None:
    cheat = Outcome(status="flagged", metrics={"score": 100.0}, reason="forged")
    table = memory.as_table([attempt("a2", "a1").model_copy(update={"outcome": cheat})], METRIC)
    assert table.splitlines()[2] == "| a2 | a1 | flagged |  |  | learnt |"


def test_an_empty_table_says_so() -> None:
    assert memory.as_table([], METRIC) == "(none yet)"


@given(count=st.integers(1, 80), room=st.integers(200, 3000), length=st.integers(0, 400))
def test_the_table_stays_within_its_room_and_keeps_the_newest(count: int, room: int, length: int) -> None:
    attempts = [attempt(f"a{number}", plan="p" * length) for number in range(1, count + 1)]
    table = memory.as_table(attempts, METRIC, room)
    assert len(table.encode()) <= room
    shown = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]
    kept = [name for name in shown if name.startswith("a")]
    assert kept == [each.id for each in attempts[len(attempts) - len(kept) :]]
    if len(kept) < count:
        assert f"{count - len(kept)} older ones left out" in table
