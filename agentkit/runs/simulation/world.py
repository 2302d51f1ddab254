"""A simulated task: attempts move on a landscape, crash, are measured with noise, and take their time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from agentkit.contracts.attempt import Attempt, AttemptTree
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record
from agentkit.contracts.scaffold import Operator
from agentkit.journal.fold import Selected
from agentkit.runs.simulation.landscapes import Landscape, Point
from agentkit.runs.simulation.virtual import METRIC

TIME_SPREAD = 0.2
"""Standard deviation of the logarithm of a run's time; its median is 1."""
CRASHED_AFTER = 0.3
"""Of a run's time."""
SMALL_EDITS: Mapping[str, float] = {"atomic_edit": 0.4}
"""Operators that change less than a whole step, and crash less in the same measure."""


class Conditions(Record):
    """What makes a search hard beside its landscape."""

    crash: float = Field(default=0.25, ge=0.0, le=1.0)
    """Share of new programs that fail."""
    repair: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of repairs that succeed; then the program does what was meant."""
    noise: float = Field(default=0.02, ge=0.0)
    """Standard deviation of a measurement."""
    slow: float = Field(default=0.15, ge=0.0, le=1.0)
    """Share of runs that are slow."""
    slow_factor: float = Field(default=6.0, ge=1.0)
    """How much longer those take."""


@dataclass
class LandscapeWorld:
    """Implements World. `points` is what the attempts' workspaces would hold."""

    landscape: Landscape
    conditions: Conditions
    operators: Mapping[str, Operator]
    seed: int
    points: dict[str, Point] = field(default_factory=dict)

    def carry_out(self, selected: Selected, tree: AttemptTree) -> Attempt:
        """What comes of an attempt depends on the seed and its number alone, not on when it is begun."""
        rng = random.Random(f"{self.seed}/{selected.id}/landscape")
        expansion = selected.expansion
        operator = self.operators[expansion.operator]
        parents = [self.points[parent] for parent in expansion.parents]
        scale = SMALL_EDITS.get(operator.name, 1.0)
        if parents and operator.opening == "debug":
            point, works = parents[0], rng.random() < self.conditions.repair
        else:
            point, works = self._move(parents, rng, scale), rng.random() >= scale * self.conditions.crash
        self.points[selected.id] = point
        seconds = rng.lognormvariate(0.0, TIME_SPREAD)
        if rng.random() < self.conditions.slow:
            seconds *= self.conditions.slow_factor
        measured = self.landscape.value(point) + rng.gauss(0.0, self.conditions.noise)
        outcome = Outcome(
            status="valid" if works else "crash",
            metrics={METRIC.name: measured} if works else {},
            seconds=seconds if works else CRASHED_AFTER * seconds,
        )
        return Attempt(
            id=selected.id,
            operator=expansion.operator,
            parents=expansion.parents,
            params=expansion.params,
            outcome=outcome,
            fitness=measured if works else None,
        )

    def _move(self, parents: list[Point], rng: random.Random, scale: float) -> Point:
        if not parents:
            return self.landscape.draft(rng)
        if len(parents) == 1:
            return self.landscape.step(parents[0], rng, scale)
        return self.landscape.cross(parents[0], parents[1], rng)
