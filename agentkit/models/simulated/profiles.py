"""Profiles of simulated models: with which chances they do what helps.

The gains of `modest` follow the order, and roughly the size, of the published means by hint level
(arXiv 2506.22419, three models and five scaffolds: none 0.12, pseudocode 0.25, text 0.14, paper 0.16,
pseudocode and text 0.25, all three 0.30). Nothing else of any profile was measured.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from pydantic import Field

from agentkit.contracts.record import Record


class Habit(Record):
    """How one operator is carried out."""

    good: float = Field(gt=0, lt=1)
    """Chance, without hints, that what is tried is one of the edits that help."""
    edits: int = Field(default=1, ge=1)
    """Most edits in one attempt; each after the first is made with an even chance."""


class Profile(Record):
    """A simulated model. Chances are for one decision."""

    purpose: str
    habits: Mapping[str, Habit]
    """By operator."""
    other: Habit
    """For operators that are not named."""
    slip: float = Field(ge=0, le=1)
    """Chance that an edit is miswritten where it can be."""
    repair: float = Field(ge=0, le=1)
    """Chance that a repair mends a miswritten edit."""
    gains: Mapping[str, float] = Field(default_factory=dict)
    """Hint level to what it adds to the log-odds of `good`, where it gives away an edit that still fits."""
    told: float = Field(default=1.0, gt=0)
    """How much more often an edit is thought of that a hint gives away."""

    def habit(self, operator: str) -> Habit:
        return self.habits.get(operator, self.other)

    def chance(self, operator: str, levels: Collection[str]) -> float:
        """That what is tried helps; `levels`: of the hints that give away what still fits."""
        good = self.habit(operator).good
        odds = math.log(good / (1 - good)) + sum(self.gains.get(each, 0.0) for each in levels)
        return 1 / (1 + math.exp(-odds))


HINT_GAINS = {"pseudocode": 0.9, "text": 0.2, "paper": 0.3}

MODEST = Profile(
    purpose="finds what helps now and then, more often with a hint; a third of its edits crash at first",
    habits={
        "draft": Habit(good=0.25),
        "improve": Habit(good=0.3),
        "crossover": Habit(good=0.35, edits=2),
        "react": Habit(good=0.25, edits=4),
    },
    other=Habit(good=0.25),
    slip=0.3,
    repair=0.6,
    gains=HINT_GAINS,
    told=3.0,
)

PROFILES: Mapping[str, Profile] = {
    "modest": MODEST,
    "weak": MODEST.model_copy(
        update={
            "purpose": "seldom finds what helps, and miswrites half of it",
            "habits": {name: Habit(good=each.good / 2) for name, each in MODEST.habits.items()},
            "other": Habit(good=0.12),
            "slip": 0.5,
            "repair": 0.3,
        }
    ),
    "strong": MODEST.model_copy(
        update={
            "purpose": "finds what helps more often than not, two steps at a time",
            "habits": {
                name: Habit(good=0.6, edits=max(2, each.edits)) for name, each in MODEST.habits.items()
            },
            "other": Habit(good=0.6, edits=2),
            "slip": 0.1,
            "repair": 0.9,
        }
    ),
    "deaf": MODEST.model_copy(
        update={"purpose": "as modest, but no hint changes anything: what an ablation must find nothing in"}
        | {"gains": {}, "told": 1.0}
    ),
}
"""By the name that follows `simulated/`."""
