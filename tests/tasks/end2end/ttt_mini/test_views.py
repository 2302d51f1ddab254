"""Views turn a prediction back to where it came from, and winners allow for every way to break a tie."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import module

PLACES = {"identity": 1, "colours": 4, "rotations": 3, "reflections": 4}


def test_every_view_of_a_network_that_copies_the_grid_is_the_grid(views: Any) -> None:
    """A network that looks where it is and keeps the colour answers any turned or recoloured puzzle alike."""
    weights = {name: np.zeros_like(each) for name, each in views.model.untrained(0).items()}
    weights["where_bias"] = 50 * np.eye(views.puzzles.CELLS, dtype=np.float32).ravel()
    weights["colour"] = np.eye(views.puzzles.COLOURS, dtype=np.float32)
    (puzzle,) = views.puzzles.make_puzzles(3, 1, [0])
    found = views.ask(weights, puzzle, 5)
    assert {each.kind: sum(other.kind == each.kind for other in found) for each in found} == PLACES
    assert {each.prediction for each in found} == {tuple(puzzle.query)}


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_whatever_breaks_the_ties_a_winner_is_among_the_winners(choices: list[int], random: Any) -> None:
    views = module("ttt_mini.views")
    kinds = [kind for kind, count in PLACES.items() for _ in range(count)]
    made = [views.View(kind, (choice,)) for kind, choice in zip(kinds, choices, strict=True)]

    def plurality(names: list[tuple[int, ...]]) -> tuple[int, ...]:
        shuffled = random.sample(names, len(names))
        return max(shuffled, key=shuffled.count)

    assert plurality([each.prediction for each in made]) in views.flat_winners(made)
    nominees = [plurality([each.prediction for each in made if each.kind == kind]) for kind in PLACES]
    assert plurality(nominees) in views.hierarchical_winners(made)


def test_a_minority_does_not_win() -> None:
    views = module("ttt_mini.views")
    kinds = [kind for kind, count in PLACES.items() for _ in range(count)]
    made = [views.View(kind, (0 if kind == "reflections" else 1,)) for kind in kinds]
    assert views.flat_winners(made) == {(1,)}
    assert views.hierarchical_winners(made) == {(1,)}
