"""Control, Scaling and Performance, exactly as the task defines them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from thinker import Question, solve

from study.decoding import Generation, Setting


@dataclass(frozen=True)
class Point:
    setting: Setting
    tokens: Fraction
    accuracy: Fraction
    within: Fraction


def measure(setting: Setting, questions: list[Question], said: list[Generation]) -> Point:
    count = len(said)
    return Point(
        setting,
        Fraction(sum(each.thought for each in said), count),
        Fraction(sum(each.answer == solve(questions[each.question]) for each in said), count),
        Fraction(sum(setting.least <= each.thought <= setting.most for each in said), count),
    )


def control(points: list[Point]) -> Fraction:
    """Every setting has as many generations, so the mean of shares is the share of all."""
    return sum((each.within for each in points), Fraction(0)) / len(points)


def scaling(points: list[Point]) -> Fraction:
    slopes = [
        (other.accuracy - one.accuracy) / (other.tokens - one.tokens)
        for one, other in combinations(points, 2)
        if other.tokens != one.tokens
    ]
    return sum(slopes, Fraction(0)) / len(slopes) if slopes else Fraction(0)


def performance(points: list[Point]) -> Fraction:
    return max(each.accuracy for each in points)
