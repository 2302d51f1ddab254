"""Puzzles: two or three demonstrations of a hidden rule, and one more grid to which it is to be applied.

A rule moves the cells of a grid: a rotation or reflection, and then a shift around the edges. The network was
trained on two thirds of these rules (`TRAINING`). `VALIDATION` is for you. What is measured uses others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIZE, COLOURS = 4, 6
CELLS = SIZE * SIZE
PLACES = np.arange(CELLS).reshape(SIZE, SIZE)


def turned(number: int) -> np.ndarray:
    """[CELLS] places: 0 nothing, 1 to 3 rotations by quarters, 4 to 7 reflections."""
    places = np.rot90(PLACES, number % 4)
    return (places[:, ::-1] if number >= 4 else places).ravel()


def shifted(down: int, right: int) -> np.ndarray:
    return np.roll(PLACES, (down, right), (0, 1)).ravel()


MOVES = [shifted(down, right)[turned(k)] for k in range(8) for down in range(SIZE) for right in range(SIZE)]
"""`output[cell] = input[move[cell]]`"""
_ORDER = np.random.default_rng(77).permutation(len(MOVES))
TRAINING = [int(number) for number in _ORDER[:88]]
VALIDATION = [int(number) for number in _ORDER[88:104]]
"""Numbers of moves."""


@dataclass(frozen=True)
class Puzzle:
    """Grids are flat, [CELLS] integers."""

    inputs: np.ndarray
    """[K, CELLS], of the demonstrations"""
    outputs: np.ndarray
    query: np.ndarray | None
    """None where it is held back."""
    answer: np.ndarray | None


def make_puzzles(seed: int, count: int, moves: list[int]) -> list[Puzzle]:
    """One in four has three demonstrations, the others two."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        move = MOVES[moves[random.integers(len(moves))]]
        grids = random.integers(0, COLOURS, (3 + (random.random() < 0.25), CELLS))
        moved = grids[:, move]
        made.append(Puzzle(grids[:-1], moved[:-1], grids[-1], moved[-1]))
    return made


def write(puzzles: list[Puzzle]) -> bytes:
    """JSON: `{"puzzles": [{"demonstrations": [{"input": [[…]], "output": …}], "test": {…} or null}]}`."""
    rows = []
    for each in puzzles:
        pairs = zip(each.inputs, each.outputs, strict=True)
        row = {"demonstrations": [{"input": _square(a), "output": _square(b)} for a, b in pairs], "test": None}
        if each.query is not None and each.answer is not None:
            row["test"] = {"input": _square(each.query), "output": _square(each.answer)}
        rows.append(row)
    return json.dumps({"puzzles": rows}).encode()


def read(path: str | Path) -> list[Puzzle]:
    rows = json.loads(Path(path).read_text(encoding="utf-8"))["puzzles"]
    return [_puzzle(row) for row in rows]


def _puzzle(row: dict) -> Puzzle:
    inputs = np.array([np.ravel(each["input"]) for each in row["demonstrations"]])
    outputs = np.array([np.ravel(each["output"]) for each in row["demonstrations"]])
    test = row["test"]
    if test is None:
        return Puzzle(inputs, outputs, None, None)
    return Puzzle(inputs, outputs, np.ravel(test["input"]), np.ravel(test["output"]))


def _square(grid: np.ndarray) -> list[list[int]]:
    return [[int(colour) for colour in row] for row in grid.reshape(SIZE, SIZE)]
