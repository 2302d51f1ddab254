"""Many simulated searches of one scaffold: best so far against attempts and against time."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.scaffold import Scaffold, ScaffoldMaker
from agentkit.runs.simulation.landscapes import LANDSCAPES, Landscape
from agentkit.runs.simulation.virtual import VirtualRun
from agentkit.runs.simulation.world import Conditions, LandscapeWorld
from agentkit.statistics.median_interval import MedianInterval, median_interval

UNTIL = 0.9
"""The value at which a search counts as having found the optimum."""


@dataclass(frozen=True)
class Trace:
    """One search: when each attempt ended, and the true value of what then looked best; 0 before any."""

    seconds: tuple[float, ...]
    values: tuple[float, ...]

    def after_attempts(self, count: int) -> float:
        """Beyond its end a search keeps what it has."""
        return self.values[min(count, len(self.values)) - 1] if count and self.values else 0.0

    def after_seconds(self, seconds: float) -> float:
        return self.after_attempts(bisect.bisect_right(self.seconds, seconds))


@dataclass(frozen=True)
class Study:
    """The searches of one scaffold on one landscape, one a seed."""

    scaffold: str
    landscape: str
    width: int
    barrier: bool
    traces: tuple[Trace, ...]

    def after_attempts(self, count: int) -> MedianInterval:
        return _median([trace.after_attempts(count) for trace in self.traces])

    def after_seconds(self, seconds: float) -> MedianInterval:
        return _median([trace.after_seconds(seconds) for trace in self.traces])

    @property
    def seconds(self) -> MedianInterval:
        """Virtual seconds until all attempts had ended."""
        return _median([trace.seconds[-1] if trace.seconds else 0.0 for trace in self.traces])

    @property
    def found(self) -> float:
        """Share of the searches whose answer has at least the value `UNTIL`."""
        return sum(trace.values[-1] >= UNTIL for trace in self.traces if trace.values) / len(self.traces)


def _median(values: Sequence[float]) -> MedianInterval:
    interval = median_interval(values)
    assert interval is not None, "a study has at least one seed"
    return interval


@dataclass(frozen=True)
class Plan:
    """What all scaffolds of a comparison have in common."""

    attempts: int = 60
    seeds: int = 200
    width: int | None = None
    """None: as each scaffold says."""
    barrier: bool = False
    conditions: Conditions = Conditions()


def built_for(maker: ScaffoldMaker[Any], values: Mapping[str, Any], plan: Plan) -> Scaffold:
    """The scaffold with as many attempts as the plan has, and its barrier if the plan asks for one."""
    known = maker.settings.model_fields
    own = {"attempts": plan.attempts} if "attempts" in known else {}
    return maker.build({**own, **values}, barrier=True if plan.barrier else None)


def study(
    maker: ScaffoldMaker[Any], landscape: str, plan: Plan, values: Mapping[str, Any] | None = None
) -> Study:
    """Raises RuleBroken if the policy does what none may."""
    scaffold = built_for(maker, values or {}, plan)
    width = plan.width or scaffold.width
    ground = LANDSCAPES[landscape]
    traces = tuple(trace(scaffold, ground, plan, width, seed) for seed in range(plan.seeds))
    return Study(maker.name, landscape, width, scaffold.barrier, traces)


def trace(scaffold: Scaffold, landscape: Landscape, plan: Plan, width: int, seed: int) -> Trace:
    """One search."""
    world = LandscapeWorld(landscape, plan.conditions, scaffold.operators, seed)
    cap = min(plan.attempts, scaffold.attempts or plan.attempts)
    run = VirtualRun(scaffold, world, cap, width, seed, scaffold.barrier)
    run.drive()
    seconds, values, most = [], [], float("-inf")
    value = 0.0
    for event in run.events:
        if event.kind != "attempt":
            continue
        fitness = event.data["fitness"]
        if fitness is not None and fitness > most:
            most, value = fitness, landscape.value(world.points[event.attempt])
        seconds.append(event.time)
        values.append(value)
    return Trace(tuple(seconds), tuple(values))
