"""Whether the tasks that an adapter is trained on come from the puzzle's demonstrations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from .views import Grid, puzzles

MOST_TASKS = 400
"""Of one puzzle; more are not looked at."""

MOST_MISSING = 4
"""Colours that a pair does not show, of which every assignment is tried."""
NAMES = {(False, False): "same", (False, True): "colours", (True, False): "turned", (True, True): "both"}

Pair = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class TrainingTask:
    """Demonstrations in their order, and the pair that is to be predicted last."""

    demonstrations: tuple[Pair, ...]
    asked: Pair

    def image(self, places: Grid, colours: Mapping[int, int]) -> TrainingTask:
        """Every grid turned by `places` and recoloured."""

        def of(pair: Pair) -> Pair:
            first, second = (tuple(colours.get(each[place], -1) for place in places) for each in pair)
            return first, second

        return TrainingTask(tuple(map(of, self.demonstrations)), of(self.asked))

    @property
    def unordered(self) -> tuple[frozenset[tuple[Pair, int]], Pair]:
        return frozenset(Counter(self.demonstrations).items()), self.asked


def read_tasks(rows: Any) -> list[TrainingTask] | None:
    """Of a candidate's JSON; None where it is something else."""
    if not isinstance(rows, list) or len(rows) > MOST_TASKS:
        return None
    try:
        return [
            TrainingTask(
                tuple((grid(first), grid(second)) for first, second in row["demonstrations"]),
                (grid(row["query"]), grid(row["answer"])),
            )
            for row in rows
        ]
    except (TypeError, ValueError, KeyError, OverflowError):
        return None


def grid(written: Any) -> tuple[int, ...]:
    """Flat or square. Raises ValueError."""
    array = np.ravel(np.array(written, dtype=np.int64))
    if array.size != puzzles.CELLS or array.min() < 0 or array.max() >= puzzles.COLOURS:
        raise ValueError("no grid")
    return tuple(map(int, array))


def leave_one_out(puzzle: Any) -> list[TrainingTask]:
    pairs = [(grid(a), grid(b)) for a, b in zip(puzzle.inputs, puzzle.outputs, strict=True)]
    return [
        TrainingTask((*pairs[:number], *pairs[number + 1 :]), pairs[number]) for number in range(len(pairs))
    ]


def is_leave_one_out(tasks: list[TrainingTask] | None, puzzle: Any) -> bool:
    """Every demonstration was left out at least once, and nothing else was made up."""
    if not tasks:
        return False
    return {each.unordered for each in tasks} == {each.unordered for each in leave_one_out(puzzle)}


def stems_from(task: TrainingTask, puzzle: Any) -> str:
    """`same`, `colours`, `turned` or `both`, for an image of a leave-one-out task; empty: for none."""
    for source in leave_one_out(puzzle):
        for number in range(8):
            places = puzzles.turned(number)
            for colours in recolourings(source.asked, task.asked, places):
                if source.image(places, colours).unordered == task.unordered:
                    painted = any(old != new for old, new in colours.items())
                    return NAMES[number > 0, painted]
    return ""


def recolourings(source: Pair, image: Pair, places: Grid) -> Iterator[dict[int, int]]:
    """One-to-one maps of all colours that turn one pair into the other."""
    colours: dict[int, int] = {}
    for before, after in zip(source, image, strict=True):
        for cell, place in enumerate(places):
            if colours.setdefault(before[place], after[cell]) != after[cell]:
                return
    known = range(puzzles.COLOURS)
    missing = [each for each in known if each not in colours]
    left = [each for each in known if each not in colours.values()]
    if len(missing) == len(left) <= MOST_MISSING:
        for order in permutations(left):
            yield {**colours, **dict(zip(missing, order, strict=True))}
