from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

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


def test_what_it_says_of_a_place_is_its_bound_there() -> None:
    """Below the place above it: a4 was chosen among the children of a3, not of the start."""
    counted = count_visits(TREE, ())
    assert counted.said("a3", 1.0) == "a3 by UCT: scaled mean 0.50 of 3, and 0.68 for exploring"
    assert counted.said("a4", 1.0) == "a4 by UCT: scaled mean 0.50 of 1, and 1.05 for exploring"


def test_it_descends_by_the_bound_once_a_place_is_full() -> None:
    counted = count_visits(TREE, ())
    assert counted.descend(0.0, 3) is None
    assert counted.descend(0.0, 2) == "a3"
    assert counted.descend(0.0, 1) == "a4"
    assert counted.descend(100.0, 2) == "a1", "visited least"


def test_a_place_whose_children_are_all_under_way_gets_one_more() -> None:
    assert count_visits(Tree(), [Expansion(operator="draft")] * 5).descend(1.0, 2) is None


class Textbook:
    """UCT as it is written down (Kocsis, Szepesvári 2006; AIRA's form), with nodes that change."""

    def __init__(self, breadth: int, exploration: float) -> None:
        self.breadth, self.exploration = breadth, exploration
        self.children: dict[str | None, list[str]] = {None: []}
        self.parent: dict[str, str | None] = {}
        self.values: dict[str, float] = {}

    def subtree(self, node: str | None) -> list[float]:
        own = [self.values[node]] if node is not None else []
        return own + [value for child in self.children[node] for value in self.subtree(child)]

    def worth(self, node: str, log_parent: float) -> float:
        """Mean value below it, scaled between the least and the most of the run, and the bonus."""
        low, high = min(self.values.values()), max(self.values.values())
        below = self.subtree(node)
        mean = sum((each - low) / (high - low) if high > low else 1.0 for each in below) / len(below)
        return mean + self.exploration * math.sqrt(log_parent / len(below))

    def descend(self) -> str | None:
        node: str | None = None
        while len(self.children[node]) >= self.breadth:
            logarithm = math.log(len(self.subtree(node)))
            node = max(self.children[node], key=lambda each: self.worth(each, logarithm))
        return node

    def add(self, id: str, parent: str | None, value: float) -> None:
        self.children[parent].append(id)
        self.children[id] = []
        self.values[id] = value


@given(
    values=st.lists(st.integers(0, 999), min_size=1, max_size=30, unique=True),
    breadth=st.integers(1, 4),
    exploration=st.sampled_from([0.0, 0.25, 1.0, 2**0.5, 5.0]),
)
def test_it_goes_where_the_textbooks_search_goes(values: list[int], breadth: int, exploration: float) -> None:
    textbook, tree = Textbook(breadth, exploration), Tree()
    for number, value in enumerate(values):
        wanted = textbook.descend()
        assert count_visits(tree, ()).descend(exploration, breadth) == wanted
        textbook.add(f"a{number}", wanted, float(value))
        tree.add(attempt(f"a{number}", float(value), *([wanted] if wanted else [])))
