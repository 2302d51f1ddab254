"""Islands and grids: populations that evolve apart. Who lives where is read from the tree, and kept nowhere.

An expansion's params name its island. What migrates is seen on another island, not copied to it: so none can
multiply, and a resumed run has the same islands.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.search.queries import fittest, scaled, valid_attempts


def island_of(begun: Attempt | Expansion, islands: int) -> int:
    """Island 0 where its params say nothing."""
    value = begun.params.get("island", 0)
    return value % islands if isinstance(value, int) else 0


def residents(attempts: Iterable[Attempt], island: int, islands: int) -> list[Attempt]:
    """Those of them that were made there."""
    return [each for each in attempts if island_of(each, islands) == island]


def inhabitants(
    tree: AttemptTree, island: int, islands: int, neighbours: Iterable[int], every: int, share: float
) -> list[Attempt]:
    """The valid attempts made there, then those that have come from its neighbours.

    After each `every` attempts of the run the fittest `share` of a neighbour's are seen here until the next
    time. (As published they are drawn at random or copied, which would have to be remembered.)
    """
    here = residents(valid_attempts(tree), island, islands)
    migrated = len(tree.attempts) // every * every
    early = [each for each in list(tree.attempts.values())[:migrated] if each.valid]
    for neighbour in dict.fromkeys(each % islands for each in neighbours):
        if neighbour != island:
            there = residents(early, neighbour, islands)
            here += fittest(there, math.ceil(share * len(there)))
    return here


def survivors(tree: AttemptTree, island: int, islands: int, founders: int, capacity: int) -> list[Attempt]:
    """AIRA's rule, replayed: a child below its island's mean dies; the worst leaves when it is full."""
    members: list[Attempt] = []
    for attempt in residents(valid_attempts(tree), island, islands):
        mean = fmean(each.fitness or 0.0 for each in members) if members else 0.0
        if len(members) < founders or (attempt.fitness or 0.0) >= mean:
            members = fittest([*members, attempt], capacity)
    return members


def pick_island(living: Sequence[Sequence[Attempt]], rng: random.Random) -> int:
    """One of the islands, by a softmax of the mean scaled fitness of who lives there; an empty one has 0."""
    everyone = [each for members in living for each in members]
    values = dict(zip([each.id for each in everyone], scaled(everyone), strict=True))
    means = [fmean(values[each.id] for each in members) if members else 0.0 for members in living]
    return rng.choices(range(len(living)), softmax(means, 1.0))[0]


def likely(attempts: Sequence[Attempt], temperature: float, rng: random.Random) -> Attempt:
    """One of them, by a softmax of their scaled fitness."""
    return rng.choices(attempts, softmax(scaled(attempts), temperature))[0]


def softmax(values: Sequence[float], temperature: float) -> list[float]:
    """Weights in proportion to exp(value / temperature), the largest 1."""
    highest = max(values)
    return [math.exp((value - highest) / temperature) for value in values]


def novelty_weights(
    tree: AttemptTree, pending: Sequence[Expansion], archive: Sequence[Attempt], sharpness: float
) -> list[float]:
    """Shinka's: a logistic of fitness against the archive's median, shared among the children there are."""
    values = [each.fitness or 0.0 for each in archive]
    middle = median(values)
    spread = max(median(abs(value - middle) for value in values), 1e-6)
    weights = []
    for attempt, value in zip(archive, values, strict=True):
        coming = sum(attempt.id in expansion.parents for expansion in pending)
        exponent = max(-60.0, min(60.0, sharpness * (value - middle) / spread))
        weights.append(1.0 / (1.0 + math.exp(-exponent)) / (1 + len(tree.children(attempt.id)) + coming))
    return weights


def elites(
    tree: AttemptTree, attempts: Sequence[Attempt], features: Sequence[str], bins: int
) -> list[Attempt]:
    """The fittest of each cell; a cell is the bin of every feature, between the least and the most of all."""
    columns = [_bins([_feature(tree, each, name) for each in attempts], bins) for name in features]
    cells: dict[tuple[int, ...], Attempt] = {}
    for index, attempt in enumerate(attempts):
        cell = tuple(column[index] for column in columns)
        holder = cells.setdefault(cell, attempt)
        if (attempt.fitness or 0.0) > (holder.fitness or 0.0):
            cells[cell] = attempt
    return list(cells.values())


def _feature(tree: AttemptTree, attempt: Attempt, name: str) -> float:
    """`depth`: steps from the start files; `seconds`: of evaluation; else that metric, 0 without one."""
    if name == "seconds":
        return attempt.outcome.seconds
    if name != "depth":
        return attempt.outcome.metrics.get(name, 0.0)
    steps, current = 0, attempt
    while current.parents and current.parents[0] in tree.attempts:
        steps, current = steps + 1, tree.attempts[current.parents[0]]
    return float(steps)


def _bins(values: Sequence[float], bins: int) -> list[int]:
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    return [min(bins - 1, int((value - low) / width)) for value in values]


def inspirations(
    archive: Sequence[Attempt], parent: Attempt, best: int, others: int, rng: random.Random
) -> list[str]:
    """What is shown beside the parent: the `best` fittest of the archive, and `others` drawn evenly."""
    rest = fittest([each for each in archive if each is not parent], len(archive))
    drawn = rng.sample(rest[best:], min(others, len(rest[best:])))
    return [each.id for each in [*rest[:best], *drawn]]
