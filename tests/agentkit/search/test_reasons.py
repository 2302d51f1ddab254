from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.journal.tree import Tree
from agentkit.search.reasons import reasons

METRIC = Metric(name="loss", lower_is_better=True)


def attempt(id: str, loss: float | None, parents: tuple[str, ...] = ()) -> Attempt:
    outcome = Outcome(
        status="crash" if loss is None else "valid", metrics={} if loss is None else {"loss": loss}
    )
    return Attempt(
        id=id, operator="draft", parents=parents, outcome=outcome, fitness=None if loss is None else -loss
    )


TREE = Tree(
    [attempt("a1", 3.4), attempt("a2", None), attempt("a3", 3.2, ("a1",)), attempt("a4", None, ("a2",))]
)


def why(expansion: Expansion, tree: Tree = TREE, pending: tuple[Expansion, ...] = ()) -> str:
    return "\n".join(reasons(tree, pending, expansion, METRIC))


def test_the_best_is_said_to_be_the_best_in_the_tasks_own_figure() -> None:
    said = why(Expansion(operator="improve", parents=("a3",)))
    assert "4 attempts had finished, 2 of them valid; 0 under way." in said
    assert "a3 (loss 3.2) was the best of 2 valid attempts; the next was a1 (loss 3.4)." in said
    assert "a3 had 0 attempts made from it." in said


def test_one_that_is_not_the_best_has_its_place_and_its_children() -> None:
    under_way = (Expansion(operator="improve", parents=("a1",)),)
    said = why(Expansion(operator="improve", parents=("a1",)), pending=under_way)
    assert "a1 (loss 3.4) was number 2 of 2 valid attempts; the best was a3 (loss 3.2)." in said
    assert "a1 had 1 attempt made from it, 1 of them better than it, 1 more under way." in said


def test_a_repair_says_how_often_in_a_row_it_failed() -> None:
    said = why(Expansion(operator="debug", parents=("a4",)))
    assert "a4 had not worked (crash, failure 2 in a row)." in said
    said = why(
        Expansion(operator="debug", parents=("a5",)), Tree([*TREE.attempts.values(), attempt("a5", None)])
    )
    assert "a5 had not worked (crash, failure 1 in a row); 1 other failure waited for a repair." in said
    mended = Tree([*TREE.attempts.values(), attempt("a5", 3.0, ("a4",))])
    said = why(Expansion(operator="debug", parents=("a4",)), mended)
    assert "a4 had 1 attempt made from it." in said, "a failure has no figure to be better than"


def test_a_draft_and_what_the_policy_said_itself() -> None:
    expansion = Expansion(operator="draft", params={"island": 1, "genome": ["x"]}, reason="island 1 is empty")
    said = why(expansion, pending=(Expansion(operator="draft"),))
    assert said.startswith("The policy says: island 1 is empty")
    assert "It begins from the task's start files, as 3 attempts before it did." in said
    assert "The policy noted: island 1." in said
    assert "the first to do so" in why(Expansion(operator="draft"), Tree())


@given(losses=st.lists(st.none() | st.floats(0, 9), max_size=8), parent=st.integers(0, 9))
def test_any_tree_has_its_reasons(losses: list[float | None], parent: int) -> None:
    tree = Tree([attempt(f"a{number}", loss) for number, loss in enumerate(losses)])
    expansion = Expansion(operator="improve", parents=(f"a{parent}",))
    assert f"{len(losses)} attempt" in why(expansion, tree)
