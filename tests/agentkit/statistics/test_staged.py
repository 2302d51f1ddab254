"""The staged design: how often it claims what is not so, and finds what is."""

from __future__ import annotations

import math
import random

import pytest

from agentkit.contracts.confirmation import Design
from agentkit.statistics.one_sided import t_test
from agentkit.statistics.staged import Decision, decide, fewest_pairs, level_at, plan_looks
from benchmarks.record_claims import SYMMETRIC, certain, confirm_often, gain, spiked, student

NULLS = 10_000


def test_the_levels_add_up_to_alpha() -> None:
    design = plan_looks(0.01)
    assert [look.pairs for look in design.looks] == [8, 16, 24]
    assert math.fsum(look.level for look in design.looks) == pytest.approx(0.01)
    assert design.most == 24
    assert [look.pairs for look in plan_looks(0.01, 10).looks] == [10, 20, 30]
    assert [fewest_pairs(alpha) for alpha in (0.05, 0.01, 0.001)] == [6, 8, 12]


@pytest.mark.parametrize(("alpha", "pairs"), [(0.0, 8), (0.5, 8), (-1, 8), (0.01, 7), (0.01, 0)])
def test_what_can_never_pass_is_refused(alpha: float, pairs: int) -> None:
    with pytest.raises(ValueError, match="alpha|first look needs 8 pairs"):
        plan_looks(alpha, pairs)


def clear(count: int) -> list[float]:
    return [1.0 + 0.01 * each for each in range(count)]


@pytest.mark.parametrize(
    ("samples", "decision"),
    [
        (clear(7), "go on"),
        (clear(8), "passed"),
        ([-each for each in clear(8)], "no better"),
        ([1.0, -0.9] * 4, "go on"),
        (clear(9), "go on"),
        ([1.0, -0.9] * 12, "not shown"),
    ],
)
def test_it_decides_at_looks_only(samples: list[float], decision: Decision) -> None:
    assert decide(plan_looks(0.01), [samples]) == decision


def test_every_claim_has_to_pass() -> None:
    design = plan_looks(0.01)
    assert decide(design, [clear(8), clear(8)]) == "passed"
    assert decide(design, [clear(8), [1.0, -0.9] * 4]) == "go on"
    assert decide(design, [clear(8), [0.9, -1.0] * 4]) == "no better"


def test_the_level_is_that_of_the_last_look() -> None:
    design = plan_looks(0.01)
    assert [level_at(design, count) for count in (3, 8, 15, 16, 24)] == [0.004, 0.004, 0.004, 0.003, 0.003]


@pytest.mark.parametrize("name", ["normal", "t, 2 degrees of freedom", "uniform"])
def test_no_gain_is_claimed_in_one_of_a_hundred_at_most(name: str) -> None:
    """The rate itself, without an allowance for chance: Bonferroni leaves that much room."""
    found = confirm_often(plan_looks(0.01), NULLS, 1, SYMMETRIC[name])
    assert 0 < found.claimed <= 0.01


def test_disturbed_runs_of_equal_programs_claim_no_more() -> None:
    assert confirm_often(plan_looks(0.01), NULLS, 4, spiked).claimed <= 0.01


def test_a_loss_on_its_limit_is_claimed_as_rarely_beside_a_great_gain() -> None:
    assert confirm_often(plan_looks(0.01), NULLS // 2, 5, certain, student(3)).claimed <= 0.01


def test_looking_after_every_pair_would_claim_several_times_as_often() -> None:
    """What the design is for; that the simulation can see it shows that it would see a broken design."""
    chance = random.Random(6)

    def peek() -> bool:
        samples = [chance.gauss(0, 1) for _ in range(7)]
        while len(samples) < 24:
            samples.append(chance.gauss(0, 1))
            if t_test(samples) <= 0.01:
                return True
        return False

    assert sum(peek() for _ in range(600)) / 600 > 0.02


def test_a_gain_of_two_deviations_is_found_with_the_pairs_there_are() -> None:
    """1 % at an sd of 0.5 % of the ratio of a pair: nearly always, and mostly at the first look."""
    design: Design = plan_looks(0.01)
    found = confirm_often(design, 1000, 7, gain(2.0))
    assert found.claimed >= 0.99
    assert found.at_first_look >= 0.7
    assert found.pairs < 12
