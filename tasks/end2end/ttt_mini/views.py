"""Views of a puzzle: turned or recoloured, answered by the network, and turned back. And what a vote is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

model: Any = import_module(".files.start.model", __package__)
puzzles: Any = import_module(".files.start.puzzles", __package__)

Grid = NDArray[np.int64]
KINDS = ("identity", "colours", "rotations", "reflections")
RECOLOURINGS = 4


@dataclass(frozen=True)
class View:
    """One prediction of a puzzle's answer, and how the puzzle was shown for it."""

    kind: str
    prediction: tuple[int, ...]


def ask(weights: Any, puzzle: Any, seed: int) -> list[View]:
    """The identity first, and so in every puzzle the same views in the same order."""
    random = np.random.default_rng(seed)
    kinds, places, colours = ["identity"], [np.arange(puzzles.CELLS)], [np.arange(puzzles.COLOURS)]
    for _ in range(RECOLOURINGS):
        kinds.append("colours")
        places.append(places[0])
        colours.append(random.permutation(puzzles.COLOURS))
    for number in range(1, 8):
        kinds.append("rotations" if number < 4 else "reflections")
        places.append(puzzles.turned(number))
        colours.append(colours[0])
    move, paint = np.array(places), np.array(colours)
    rows = np.arange(len(kinds))
    inputs, outputs = (
        paint[rows[:, None, None], grids[:, move].transpose(1, 0, 2)]
        for grids in (puzzle.inputs, puzzle.outputs)
    )
    query = paint[rows[:, None], puzzle.query[move]]
    shown = model.Batch(inputs, outputs, np.ones(inputs.shape[:2]), query, query)
    found = np.argsort(paint, 1)[rows[:, None], model.predict(weights, shown)]
    back = np.take_along_axis(found, np.argsort(move, 1), 1)
    return [View(kind, tuple(map(int, row))) for kind, row in zip(kinds, back, strict=True)]


def first_answer(weights: Any, puzzle: Any) -> Grid:
    """Of the puzzle as it stands."""
    shown = model.Batch(
        puzzle.inputs[None],
        puzzle.outputs[None],
        np.ones((1, len(puzzle.inputs))),
        puzzle.query[None],
        puzzle.query[None],
    )
    found: Grid = model.predict(weights, shown)[0]
    return found


def solved(weights: Sequence[Any], asked: Sequence[Any]) -> float:
    """Share of puzzles of which every cell is right; `weights`: of each puzzle."""
    right = [
        np.array_equal(first_answer(own, puzzle), puzzle.answer)
        for own, puzzle in zip(weights, asked, strict=True)
    ]
    return sum(right) / len(right)


def flat_winners(views: Sequence[View]) -> set[tuple[int, ...]]:
    """What may win a flat vote: the predictions that most views make."""
    counts = Counter(each.prediction for each in views)
    return {each for each, count in counts.items() if count == max(counts.values())}


def hierarchical_winners(views: Sequence[View]) -> set[tuple[int, ...]]:
    """What may win where each kind first nominates one of its most frequent predictions, whichever it takes
    of several, and the nominees are counted then."""
    nominees = [flat_winners([each for each in views if each.kind == kind]) for kind in KINDS]
    least = Counter(next(iter(each)) for each in nominees if len(each) == 1)
    most = Counter(prediction for each in nominees for prediction in each)
    sure = max(least.values(), default=0)
    return {each for each, count in most.items() if count >= sure}


def made_up(seed: int, count: int) -> list[list[View]]:
    """Lists of views on which a vote can go wrong: few different predictions, at random."""
    random = np.random.default_rng(seed)
    kinds = ["identity", *["colours"] * RECOLOURINGS, *["rotations"] * 3, *["reflections"] * 4]
    lists = []
    for _ in range(count):
        grids = random.integers(0, puzzles.COLOURS, (4, puzzles.CELLS))
        chosen = random.choice(4, len(kinds), p=random.dirichlet(np.ones(4)))
        lists.append([View(kind, tuple(map(int, grids[i]))) for kind, i in zip(kinds, chosen, strict=True)])
    return lists


def shown_views(views: Sequence[View]) -> list[dict[str, Any]]:
    """As the candidate's vote is given them."""
    size = puzzles.SIZE
    return [
        {"kind": each.kind, "prediction": np.reshape(each.prediction, (size, size)).tolist()}
        for each in views
    ]
