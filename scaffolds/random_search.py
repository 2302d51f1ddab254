"""Random search: a new draft, or a step from any attempt, all equally likely; what any policy should beat."""

from __future__ import annotations

import random
from collections.abc import Sequence

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import DEBUG, DRAFT, IMPROVE
from agentkit.search.policy import OneByOne
from agentkit.search.queries import debuggable, valid_attempts


class RandomSearchSettings(Record):
    """Ours: a baseline, not a published scaffold."""

    attempts: int = Field(default=20, ge=1)


class RandomPolicy(OneByOne):
    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion:
        everything = [None, *valid_attempts(tree), *debuggable(tree, pending, len(tree.attempts))]
        target = rng.choice(everything)
        if target is None:
            return Expansion(operator="draft")
        return Expansion(operator="improve" if target.valid else "debug", parents=(target.id,))


@scaffold
def random_search(settings: RandomSearchSettings) -> Scaffold:
    """A draft, or a step from any attempt, all equally likely: the baseline for every policy."""
    return Scaffold(
        policy=RandomPolicy(),
        operators={"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG},
        attempts=settings.attempts,
    )
