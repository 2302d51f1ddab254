"""Finalisers: which attempt is a run's answer, after measuring the best ones again on fresh seeds.

A search's own figures are a best-of-many and so too good; an answer's figures come from here. The published
gap between what a search selects by and what holds on fresh data is 9 to 13 points, of which measuring the
best three again recovers most (arXiv 2507.02554).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentkit.contracts.attempt import Attempt, AttemptTree
from agentkit.contracts.scaffold import Finaliser, Measure
from agentkit.errors import UsageError
from agentkit.search.context import FRESH_SEEDS_FROM, SEEDS_PER_RUN, RunContext
from agentkit.search.queries import valid_attempts

SEEDS = 3
"""Fresh seeds where nobody says how many."""


@dataclass(frozen=True)
class BestRemeasured:
    """Measure the fittest attempt; go on to the next of `candidates` only if most of its seeds fail."""

    seeds: tuple[int, ...] | None = None
    """None: fresh ones of the run, as many as it is told."""
    candidates: int = 3

    async def choose(self, tree: AttemptTree, measure: Measure) -> Attempt | None:
        return await _first_to_hold(ranked(tree)[: self.candidates], _seeds(self.seeds, tree), measure)


@dataclass(frozen=True)
class TopKReseeded:
    """Measure each of the `candidates` fittest attempts; the answer is the one with the best fresh mean.

    Costs `candidates` times as many evaluations as the usual one. All get their first seed before one gets
    its second.
    """

    candidates: int = 3
    seeds: tuple[int, ...] | None = None
    """None: fresh ones of the run, as many as it is told."""

    async def choose(self, tree: AttemptTree, measure: Measure) -> Attempt | None:
        order, seeds = ranked(tree)[: self.candidates], _seeds(self.seeds, tree)
        found: dict[str, list[float | None]] = {attempt.id: [] for attempt in order}
        for seed in seeds:
            for attempt in order:
                found[attempt.id].append(await measure(attempt, seed))
        holding = [attempt for attempt in order if holds_up(found[attempt.id])]
        if not seeds or not holding:
            return holding[0] if holding else None
        return max(holding, key=lambda each: statistics.mean(x for x in found[each.id] if x is not None))


@dataclass(frozen=True)
class ParetoRemeasured:
    """The attempt with the smallest other `figure` (memory, size) that is nearly as fit as the fittest.

    Only attempts that no other beats in both are considered; `slack` is what may be given up of the best
    fitness, as a share of it. An attempt without the figure is beaten by every one that has it.
    """

    figure: str
    """A metric of the outcome besides the task's own."""
    larger_is_better: bool = False
    slack: float = 0.02
    seeds: tuple[int, ...] | None = None
    """None: fresh ones of the run, as many as it is told."""
    candidates: int = 3

    async def choose(self, tree: AttemptTree, measure: Measure) -> Attempt | None:
        return await _first_to_hold(self.order(tree)[: self.candidates], _seeds(self.seeds, tree), measure)

    def order(self, tree: AttemptTree) -> list[Attempt]:
        """The front: those within the slack by their figure, then the others by fitness."""
        front = self.front(tree)
        if not front:
            return ranked(tree)
        best = max(_fitness(each) for each in front)
        near = [each for each in front if _fitness(each) >= best - self.slack * abs(best)]
        return [
            *sorted(near, key=self._cost),
            *sorted((each for each in front if each not in near), key=_fitness, reverse=True),
        ]

    def front(self, tree: AttemptTree) -> list[Attempt]:
        """Those that no other beats, oldest first; of equals the oldest alone."""
        figures = ((each, each.outcome.metrics.get(self.figure, math.nan)) for each in valid_attempts(tree))
        able = [each for each, value in figures if math.isfinite(value)]
        points = [(_fitness(each), -self._cost(each)) for each in able]
        return [
            attempt
            for index, (attempt, point) in enumerate(zip(able, points, strict=True))
            if not any(
                other[0] >= point[0] and other[1] >= point[1] and (other != point or place < index)
                for place, other in enumerate(points)
            )
        ]

    def _cost(self, attempt: Attempt) -> float:
        value = attempt.outcome.metrics[self.figure]
        return -value if self.larger_is_better else value


FINALISERS = "best, topk, topk:K or pareto:FIGURE"


def finaliser_named(text: str) -> Finaliser:
    """As a user asks for one: `best`, `topk`, `topk:5`, `pareto:memory`. Raises UsageError."""
    name, colon, detail = text.strip().partition(":")
    if name == "best" and not colon:
        return BestRemeasured()
    if name == "topk" and not colon:
        return TopKReseeded()
    if name == "topk" and detail.isdecimal() and int(detail) >= 1:
        return TopKReseeded(candidates=int(detail))
    if name == "pareto" and detail:
        return ParetoRemeasured(figure=detail)
    raise UsageError(
        f"There is no finaliser '{text}'.",
        f"Known: {FINALISERS}",
        "best: the fittest attempt that holds up on fresh seeds",
        "topk: of the K fittest (3) the one with the best mean on fresh seeds",
        "pareto: of those nearly as fit as the fittest, the one with the smallest FIGURE, such as memory",
        "Next: --finaliser topk:3",
    )


def finaliser_of(run: RunContext) -> Finaliser:
    """The scaffold's or the usual one, with the run's fresh seeds where it has none of its own."""
    finaliser = run.scaffold.finaliser or BestRemeasured()
    if isinstance(finaliser, BestRemeasured | TopKReseeded | ParetoRemeasured) and finaliser.seeds is None:
        return replace(finaliser, seeds=fresh_seeds(run.seed, run.measurements))
    return finaliser


def expected_measurements(run: RunContext) -> int:
    """How many evaluations choosing the answer takes, if the first candidates hold up."""
    finaliser = run.scaffold.finaliser
    return run.measurements * (finaliser.candidates if isinstance(finaliser, TopKReseeded) else 1)


def ranked(tree: AttemptTree) -> list[Attempt]:
    """Valid attempts, the fittest first; of equals the oldest first."""
    return sorted(valid_attempts(tree), key=_fitness, reverse=True)


def holds_up(results: Sequence[float | None]) -> bool:
    """At least half of its fresh measurements were valid: one failure of three is noise, two are not."""
    return 2 * sum(result is not None for result in results) >= len(results)


def fresh_seeds(run_seed: int, count: int) -> tuple[int, ...]:
    """Seeds that no attempt of that run's search was evaluated on."""
    first = run_seed * SEEDS_PER_RUN + FRESH_SEEDS_FROM
    return tuple(range(first, first + count))


async def _first_to_hold(
    attempts: Sequence[Attempt], seeds: Sequence[int], measure: Measure
) -> Attempt | None:
    for attempt in attempts:
        if holds_up([await measure(attempt, seed) for seed in seeds]):
            return attempt
    return None


def _seeds(seeds: tuple[int, ...] | None, tree: AttemptTree) -> tuple[int, ...]:
    """Those given; else fresh ones of the run that the tree is of, which its attempts' seeds tell."""
    if seeds is not None:
        return seeds
    run_seed = max((each.outcome.seed for each in tree.attempts.values()), default=0) // SEEDS_PER_RUN
    return fresh_seeds(run_seed, SEEDS)


def _fitness(attempt: Attempt) -> float:
    assert attempt.fitness is not None, "only valid attempts are ranked"
    return attempt.fitness
