"""How often `agentkit confirm` claims a record that is none, and how often it finds one that is.

The rule itself decides (agentkit.statistics.staged), on simulated pairs. False claims: a candidate that is
no faster, under noise of several shapes; and a loss that lies on its limit, under noise of several shapes,
beside a time that is far better. Found claims: a gain of so many standard deviations of a pair. A gain of
1 % with an sd of 0.5 % is 2 of them. Exits with 1 if a symmetric null is claimed too often, or that gain is
found in less than 99 of 100.

    python -m benchmarks.record_claims [--nulls 10000] [--alpha 0.01]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agentkit.contracts.confirmation import Design
from agentkit.statistics.staged import Decision, decide, plan_looks

Noise = Callable[[random.Random], float]


def student(freedom: int) -> Noise:
    """Heavy tails: of 2 degrees of freedom without a variance, of 1 without a mean."""

    def draw(chance: random.Random) -> float:
        square = sum(chance.gauss(0, 1) ** 2 for _ in range(freedom))
        return chance.gauss(0, 1) / math.sqrt(square / freedom)

    return draw


def spiked(chance: random.Random) -> float:
    """Two equal programs; each run in ten is disturbed and takes up to half again as long."""

    def seconds() -> float:
        slow = chance.expovariate(4) if chance.random() < 0.1 else 0.0
        return 10 * math.exp(chance.gauss(0, 0.005)) * (1 + slow)

    return math.log(seconds() / seconds())


def two_speeds(chance: random.Random) -> float:
    """A pair hits either a fast or a slow spell of the machine, and its order decides for whom."""
    return chance.choice((-1.0, 1.0)) + chance.gauss(0, 1e-3)


SYMMETRIC: Mapping[str, Noise] = {
    "normal": lambda chance: chance.gauss(0, 1),
    "t, 3 degrees of freedom": student(3),
    "t, 2 degrees of freedom": student(2),
    "Cauchy": student(1),
    "uniform": lambda chance: chance.uniform(-1, 1),
    "two speeds": two_speeds,
    "spiked runs": spiked,
}
SKEWED: Mapping[str, Noise] = {
    "lognormal, sigma 0.5": lambda chance: math.exp(0.125) - math.exp(chance.gauss(0, 0.5)),
    "lognormal, sigma 1": lambda chance: math.exp(0.5) - math.exp(chance.gauss(0, 1)),
    "exponential": lambda chance: 1 - chance.expovariate(1),
}
"""Margins of a loss whose mean is on its limit and that is now and then much larger: the worst case."""


@dataclass(frozen=True)
class Trials:
    """What became of many confirmations."""

    claimed: float
    at_first_look: float
    pairs: float
    """On average."""


def confirm_once(design: Design, chance: random.Random, *claims: Noise) -> tuple[Decision, int]:
    """Pair by pair, as `agentkit confirm` goes on."""
    samples: list[list[float]] = [[] for _ in claims]
    decision: Decision = "go on"
    while decision == "go on":
        for found, draw in zip(samples, claims, strict=True):
            found.append(draw(chance))
        decision = decide(design, samples)
    return decision, len(samples[0])


def confirm_often(design: Design, times: int, seed: int, *claims: Noise) -> Trials:
    chance = random.Random(seed)
    ended = [confirm_once(design, chance, *claims) for _ in range(times)]
    passed = [pairs for decision, pairs in ended if decision == "passed"]
    return Trials(
        claimed=len(passed) / times,
        at_first_look=sum(pairs == design.looks[0].pairs for pairs in passed) / times,
        pairs=statistics.fmean(pairs for _, pairs in ended),
    )


def certain(chance: random.Random) -> float:
    """A claim that is far from doubt, beside the one in question."""
    return 100 + chance.gauss(0, 1)


def gain(deviations: float) -> Noise:
    return lambda chance: deviations + chance.gauss(0, 1)


def allowed(alpha: float, times: int) -> float:
    """Three standard errors above alpha: what a rule that spends all of it may show by chance."""
    return alpha + 3 * math.sqrt(alpha * (1 - alpha) / times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nulls", type=int, default=10_000)
    parser.add_argument("--alpha", type=float, default=0.01)
    arguments = parser.parse_args()
    design, times = plan_looks(arguments.alpha), arguments.nulls
    looks = ", ".join(f"{look.pairs} (p ≤ {look.level:g})" for look in design.looks)
    print(f"alpha {design.alpha:g}; looks after {looks} pairs; {times} confirmations each\n")
    bad = False
    print(f"{'no gain, noise':32} claimed")
    for name, noise in SYMMETRIC.items():
        found = confirm_often(design, times, 1, noise)
        bad |= found.claimed > allowed(design.alpha, times)
        print(f"{name:32} {found.claimed:.4f}")
    print(f"\n{'loss on its limit, skewed':32} claimed   (no test of a mean holds for all of these)")
    for name, noise in SKEWED.items():
        print(f"{name:32} {confirm_often(design, times, 2, certain, noise).claimed:.4f}")
    print(f"\n{'gain, in sd of a pair':32} claimed  at the first look  pairs")
    for deviations in (0.5, 0.75, 1.0, 1.5, 2.0, 3.0):
        found = confirm_often(design, times // 5, 3, gain(deviations))
        bad |= deviations == 2.0 and found.claimed < 0.99
        shares = f"{found.claimed:<7.3f}  {found.at_first_look:<17.3f}"
        print(f"{deviations:<32g} {shares}  {found.pairs:.1f}")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
