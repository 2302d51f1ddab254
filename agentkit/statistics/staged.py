"""Staged design: look at a few fixed numbers of pairs, and stop at the first that decides.

Looking after every pair and stopping at the first p below α would claim far too often. Here there are three
looks, and α is divided among them: whatever the dependence between looks, the chance that any of them
passes a false claim is at most the sum of their levels (Bonferroni). O'Brien and Fleming (Biometrics 35,
1979) spend less at the first look; with a handful of pairs that would only forbid it, since no exact test
passes n pairs below 2⁻ⁿ. A record needs several claims at one look: as all must pass, each may be tested at
the whole level (Berger, Technometrics 24, 1982).

Giving up early is free: it can only take claims away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agentkit.contracts.confirmation import Design, Look
from agentkit.statistics.one_sided import fewest_for, rejects
from agentkit.statistics.series import mean

SHARES = (0.4, 0.3, 0.3)
"""Of α, look by look; a look comes each time as many pairs are there as at the first."""

Decision = Literal["go on", "passed", "no better", "not shown"]


def plan_looks(alpha: float, pairs: int | None = None) -> Design:
    """`pairs` before the first look; None: the fewest with which it can pass.

    ValueError for fewer than those, or for an α that is no level of a test.
    """
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha lies between 0 and 0.5, found {alpha!r}")
    fewest = fewest_pairs(alpha)
    first = fewest if pairs is None else pairs
    if first < fewest:
        raise ValueError(f"with alpha {alpha:g} the first look needs {fewest} pairs, found {first}")
    looks = (Look(pairs=first * number, level=alpha * share) for number, share in enumerate(SHARES, 1))
    return Design(alpha=alpha, looks=tuple(looks))


def fewest_pairs(alpha: float) -> int:
    return fewest_for(alpha * SHARES[0])


def decide(design: Design, claims: Sequence[Sequence[float]]) -> Decision:
    """After as many pairs as each claim has samples; a claim is that the mean of its samples is above 0.

    `no better`: at a look, the mean of a claim is not even on the right side.
    """
    count = len(claims[0])
    look = next((each for each in design.looks if each.pairs == count), None)
    if look is None:
        return "go on" if count < design.most else "not shown"
    if any((mean(samples) or 0.0) <= 0 for samples in claims):
        return "no better"
    if all(rejects(samples, look.level) for samples in claims):
        return "passed"
    return "not shown" if count >= design.most else "go on"


def level_at(design: Design, count: int) -> float:
    """Of the last look that `count` pairs have reached; of the first before that."""
    reached = [each.level for each in design.looks if each.pairs <= count]
    return reached[-1] if reached else design.looks[0].level
