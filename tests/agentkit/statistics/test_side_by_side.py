from __future__ import annotations

import math
import random

import pytest

from agentkit.statistics.side_by_side import FEWEST, LEVEL, side_by_side
from agentkit.statistics.signed_rank import signed_rank_p
from benchmarks.side_by_side import drifting, simulated

PAIRS = 40


def clock_noise(rng: random.Random) -> float:
    """What a busy machine adds: a little always, now and then much, and never less than nothing for long."""
    spike = 0.1 * rng.paretovariate(2.5) if rng.random() < 0.1 else 0.0
    return (1 + rng.gauss(0, 0.03)) * (1 + spike)


def measured(rng: random.Random, slowdown: float) -> list[tuple[float, float]]:
    """Pairs on a machine whose speed wanders."""
    pairs, speed = [], 1.0
    for _ in range(PAIRS):
        speed *= 1 + rng.gauss(0, 0.02)
        pairs.append((speed * clock_noise(rng), speed * slowdown * clock_noise(rng)))
    return pairs


def verdict(pairs: list[tuple[float, float]], seed: int) -> str:
    """No interval is drawn where the test alone keeps a difference from being claimed: that takes long."""
    p = signed_rank_p([math.log(baseline / candidate) for baseline, candidate in pairs])
    return side_by_side(pairs, seed).verdict if p <= LEVEL else "no detectable difference"


def test_of_200_comparisons_of_a_thing_with_itself_at_most_5_percent_claim_a_difference() -> None:
    rng = random.Random(1)
    verdicts = [verdict(measured(rng, 1.0), seed) for seed in range(200)]
    assert sum(each != "no detectable difference" for each in verdicts) <= 10


def test_a_slowdown_of_5_percent_is_found_in_at_least_90_percent() -> None:
    """`benchmarks/side_by_side.py` does 200."""
    rng = random.Random(2)
    assert sum(verdict(measured(rng, 1.05), seed) == "higher" for seed in range(50)) >= 45


def test_it_holds_for_noise_that_it_was_not_made_with() -> None:
    """Drift, two clocks, heavy tails; `benchmarks/side_by_side.py` does 200 slow ones."""
    rng = random.Random(4)
    nulls = [verdict(simulated(drifting(1.0), 1.0, PAIRS, rng), seed) for seed in range(200)]
    assert sum(each != "no detectable difference" for each in nulls) <= 10
    assert (
        sum(verdict(simulated(drifting(1.0), 1.05, PAIRS, rng), seed) == "higher" for seed in range(20)) >= 18
    )


def test_a_speed_up_has_its_size_and_its_side() -> None:
    rng = random.Random(3)
    found = side_by_side(measured(rng, 0.5), 0)
    assert found.verdict == "lower"
    assert found.ratio.low < 2.0 < found.ratio.high
    assert found.unseen < 0.1


def test_too_few_pairs_claim_nothing() -> None:
    assert side_by_side([(1.0, 9.0)] * (FEWEST - 1), 0).verdict == "no detectable difference"
    assert signed_rank_p([1.0] * FEWEST) <= LEVEL


@pytest.mark.parametrize("pairs", [[], [(1.0, 0.0)], [(1.0, float("inf"))], [(-1.0, 1.0)]])
def test_what_has_no_ratio_is_refused(pairs: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError):
        side_by_side(pairs, 0)
