"""Finalisers: which attempt is a run's answer, after measuring the best ones again on fresh seeds."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.contracts.attempt import Attempt, AttemptTree
from agentkit.contracts.scaffold import Measure
from agentkit.search.context import FRESH_SEEDS_FROM, SEEDS_PER_RUN
from agentkit.search.queries import valid_attempts


@dataclass(frozen=True)
class BestRemeasured:
    """Measure the fittest attempt on `seeds`; go on to the next of `candidates` only if most of them fail.

    A search's own figures are a best-of-many and so too good; an answer's figures come from here.
    """

    seeds: tuple[int, ...]
    candidates: int = 3

    async def choose(self, tree: AttemptTree, measure: Measure) -> Attempt | None:
        ranked = sorted(valid_attempts(tree), key=lambda each: each.fitness or 0.0, reverse=True)
        for attempt in ranked[: self.candidates]:
            results = [await measure(attempt, seed) for seed in self.seeds]
            if 2 * sum(result is not None for result in results) >= len(results):
                return attempt
        return None


def fresh_seeds(run_seed: int, count: int) -> tuple[int, ...]:
    """Seeds that no attempt of that run's search was evaluated on."""
    first = run_seed * SEEDS_PER_RUN + FRESH_SEEDS_FROM
    return tuple(range(first, first + count))
