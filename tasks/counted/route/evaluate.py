"""Counts the cells that `route` opens on four random grids, and prices the way that it finds."""

import heapq
import itertools
import json
import os
import random
from pathlib import Path
from typing import Any

from route import route  # type: ignore[import-not-found]  # the candidate's, laid beside

SIZE = 24
PRICES = (1, 2, 3)
MOST = 20_000
Cell = tuple[int, int]


class Spent(Exception):
    pass


class Grid:
    def __init__(self, rng: random.Random) -> None:
        cells = [(column, row) for column in range(SIZE) for row in range(SIZE)]
        self.steps = {cell: self.around(cell, rng) for cell in cells}
        self.start = (rng.randrange(6, 10), rng.randrange(6, 18))
        self.goal = (self.start[0] + rng.randrange(6, 10), rng.randrange(6, 18))
        self.count = 0

    def around(self, cell: Cell, rng: random.Random) -> list[tuple[Cell, int]]:
        column, row = cell
        cells = ((column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1))
        return [(each, rng.choice(PRICES)) for each in cells if min(each) >= 0 and max(each) < SIZE]

    def open_cell(self, cell: Cell) -> list[tuple[Cell, int]]:
        self.count += 1
        if self.count > MOST:
            raise Spent
        return list(self.steps[cell])

    def cheapest(self) -> int:
        """What the cheapest way costs, by a search of the evaluator's own."""
        waiting, done = [(0, self.start)], set[Cell]()
        while waiting:
            cost, cell = heapq.heappop(waiting)
            if cell == self.goal:
                return cost
            if cell not in done:
                done.add(cell)
                for other, price in self.steps[cell]:
                    heapq.heappush(waiting, (cost + price, other))
        raise AssertionError("a grid without walls has a way")

    def price(self, way: list[Cell]) -> int | None:
        """Of a way from start to goal, step by step; None: it is none."""
        if not way or way[0] != self.start or way[-1] != self.goal:
            return None
        cost = 0
        for here, there in itertools.pairwise(way):
            steps = dict(self.steps[here])
            if there not in steps:
                return None
            cost += steps[there]
        return cost


def measure(seed: int) -> dict[str, Any]:
    rng, counts = random.Random(seed), list[int]()
    for _ in range(4):
        grid = Grid(rng)
        try:
            way = route(grid.open_cell, grid.start, grid.goal)
        except Spent:
            return {"metrics": {}, "valid": False, "reason": f"more than {MOST:,} cells"}
        counts.append(grid.count)
        found, wanted = grid.price(way), grid.cheapest()
        if found != wanted:
            reason = f"a way that costs {found}, where the cheapest costs {wanted}"
            return {"metrics": {}, "valid": False, "reason": "no way" if found is None else reason}
    return {"metrics": {"cells": sum(counts) / len(counts)}, "valid": True, "reason": ""}


if __name__ == "__main__":
    result = measure(int(os.environ["AGENTKIT_SEED"]))
    Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(result), encoding="utf-8")
