"""Control, Scaling and Performance of a method, over the generations of its settings.

Control: the share of generations whose thinking tokens are within the bounds of their setting (more is
better; elsewhere the share of those that *exceed* a bound goes by the same name). Scaling: the mean slope of
accuracy over mean thinking tokens, over all pairs of settings that differ in them. Performance: the accuracy
of the best setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations


@dataclass(frozen=True)
class Point:
    """One setting, measured."""

    setting: str
    method: str
    generations: int
    right: int
    """Answers that are right."""
    within: int
    """Generations within the setting's bounds."""
    thought: int
    """Thinking tokens, all generations together."""

    @property
    def tokens(self) -> float:
        """Mean thinking tokens of a generation."""
        return self.thought / self.generations

    @property
    def accuracy(self) -> float:
        return self.right / self.generations


def control(points: Sequence[Point]) -> float:
    return sum(each.within for each in points) / sum(each.generations for each in points)


def scaling(points: Sequence[Point]) -> float:
    """0 where no two settings differ in their tokens. Exact, so that equal means are equal."""
    slopes = []
    for one, other in combinations(points, 2):
        run = Fraction(other.thought, other.generations) - Fraction(one.thought, one.generations)
        if run:
            rise = Fraction(other.right, other.generations) - Fraction(one.right, one.generations)
            slopes.append(rise / run)
    return float(sum(slopes) / len(slopes)) if slopes else 0.0


def performance(points: Sequence[Point]) -> float:
    return max(each.accuracy for each in points)
