"""Search landscapes with a known optimum: stand-ins for a task, on which policies differ as theory says.

Values are in [0, 1], and the optimum's is 1. What is searched is no program and no model writes it: a draft
is a point drawn from the landscape, a step moves it a little, a crossover mixes two.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

Point = tuple[float, ...]


class Landscape(Protocol):
    """What the attempts of a simulated search move on. `scale` < 1: an operator whose edits are small."""

    def value(self, point: Point) -> float: ...

    def draft(self, rng: random.Random) -> Point: ...

    def step(self, point: Point, rng: random.Random, scale: float) -> Point: ...

    def cross(self, one: Point, other: Point, rng: random.Random) -> Point: ...


SMALLEST_STEP, LARGEST_STEP = 0.03, 0.6
"""Standard deviation of a step, a coordinate; drawn anew each time, as an edit may be small or bold."""


@dataclass(frozen=True)
class Space:
    """Vectors in [-1, 1]^d with Gaussian steps; drafts are drawn evenly."""

    height: Callable[[Point], float]
    dimensions: int

    def value(self, point: Point) -> float:
        return self.height(point)

    def draft(self, rng: random.Random) -> Point:
        return tuple(rng.uniform(-1.0, 1.0) for _ in range(self.dimensions))

    def step(self, point: Point, rng: random.Random, scale: float) -> Point:
        size = scale * math.exp(rng.uniform(math.log(SMALLEST_STEP), math.log(LARGEST_STEP)))
        return tuple(min(1.0, max(-1.0, each + rng.gauss(0.0, size))) for each in point)

    def cross(self, one: Point, other: Point, rng: random.Random) -> Point:
        """Each coordinate from one of the two, and a smallest step."""
        mixed = (rng.choice(pair) for pair in zip(one, other, strict=True))
        return tuple(min(1.0, max(-1.0, each + rng.gauss(0.0, SMALLEST_STEP))) for each in mixed)


@dataclass(frozen=True)
class Ideas:
    """A choice of ideas, each worth more the further it is worked out; a point is (idea, stage)."""

    worth: tuple[tuple[float, ...], ...]
    """Of each idea, stage by stage."""
    shares: tuple[float, ...]
    """How often a draft has each idea."""
    progress: float
    """Share of steps that work an idea out further; the others set it back by one stage."""

    def value(self, point: Point) -> float:
        return self.worth[int(point[0])][int(point[1])]

    def draft(self, rng: random.Random) -> Point:
        return float(rng.choices(range(len(self.worth)), self.shares)[0]), 0.0

    def step(self, point: Point, rng: random.Random, scale: float) -> Point:
        """A small edit works nothing out in the share by which it is smaller."""
        idea, stage = point
        if rng.random() >= scale:
            return point
        moved = stage + 1 if rng.random() < self.progress else stage - 1
        return idea, float(min(len(self.worth[int(idea)]) - 1, max(0, moved)))

    def cross(self, one: Point, other: Point, rng: random.Random) -> Point:
        """Two programs of different ideas do not mix: one of them, a step further or back."""
        return self.step(rng.choice((one, other)), rng, 1.0)


def cone(point: Point, top: Point, radius: float) -> float:
    """1 at the top, falling evenly to 0 at the radius."""
    return max(0.0, 1.0 - math.dist(point, top) / radius)


SMOOTH_TOP: Point = (0.3, -0.4, 0.2, 0.5)


def smooth(point: Point) -> float:
    return cone(point, SMOOTH_TOP, 2.0)


RUGGED_TOP: Point = (0.25, -0.25, 0.25)
RIPPLE, RIPPLES = 0.12, 4


def rugged(point: Point) -> float:
    """A hill under ripples, after Rastrigin: every ripple's top is a local optimum."""
    waves = sum(
        1.0 - math.cos(math.pi * RIPPLES * (each - top)) for each, top in zip(point, RUGGED_TOP, strict=True)
    )
    return max(0.0, cone(point, RUGGED_TOP, 2.0) - RIPPLE * waves / len(point))


PLATEAU_TOP: Point = (-0.3, 0.4, 0.1)
LEVELS = 5
NEEDLE = 0.25


def plateau(point: Point) -> float:
    """Terraces, on which no step tells which way is up, and a needle of that radius."""
    if math.dist(point, PLATEAU_TOP) <= NEEDLE:
        return 1.0
    return min(LEVELS - 1, math.floor(LEVELS * cone(point, PLATEAU_TOP, 1.8))) / LEVELS


PLAIN_IDEA = (0.40, 0.48, 0.54, 0.58, 0.60)
LATE_IDEA = (0.30, 0.52, 0.70, 0.85, 1.00)
DECEPTIVE = Ideas((PLAIN_IDEA, LATE_IDEA), shares=(0.75, 0.25), progress=0.6)

LANDSCAPES: Mapping[str, Landscape] = {
    "smooth": Space(smooth, 4),
    "deceptive": DECEPTIVE,
    "rugged": Space(rugged, 3),
    "plateau": Space(plateau, 3),
}
PURPOSES: Mapping[str, str] = {
    "smooth": "one hill in four dimensions: who climbs from the best attempt wins",
    "deceptive": "the better one of two ideas looks worse until it is worked out",
    "rugged": "a hill of many local tops",
    "plateau": "terraces without a slope, and a needle",
}
