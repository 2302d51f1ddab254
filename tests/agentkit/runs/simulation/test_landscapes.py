from __future__ import annotations

import random

import pytest

from agentkit.runs.simulation.landscapes import (
    DECEPTIVE,
    LANDSCAPES,
    PLAIN_IDEA,
    PLATEAU_TOP,
    PURPOSES,
    RUGGED_TOP,
    SMOOTH_TOP,
)

TOPS = {"smooth": SMOOTH_TOP, "deceptive": (1.0, 4.0), "rugged": RUGGED_TOP, "plateau": PLATEAU_TOP}


@pytest.mark.parametrize("name", list(LANDSCAPES))
def test_its_optimum_is_one_and_nothing_is_above_or_below_the_scale(name: str) -> None:
    landscape, rng = LANDSCAPES[name], random.Random(0)
    assert landscape.value(TOPS[name]) == 1.0
    point = landscape.draft(rng)
    for _ in range(500):
        other = landscape.draft(rng)
        for each in (landscape.step(point, rng, 1.0), landscape.cross(point, other, rng)):
            assert 0.0 <= landscape.value(each) <= 1.0
        point = landscape.step(other, rng, 0.4)
    assert name in PURPOSES


def test_a_better_idea_looks_worse_at_first_and_passes_the_other_when_it_is_worked_out() -> None:
    drafts = [DECEPTIVE.value((idea, 0.0)) for idea in (0.0, 1.0)]
    assert drafts[0] > drafts[1]
    assert DECEPTIVE.value((1.0, 2.0)) > max(PLAIN_IDEA)


def test_steps_on_a_plateau_mostly_show_nothing() -> None:
    landscape, rng = LANDSCAPES["plateau"], random.Random(0)
    points = [landscape.draft(rng) for _ in range(400)]
    level = sum(landscape.value(each) == landscape.value(landscape.step(each, rng, 0.2)) for each in points)
    assert level > 250
    assert len({landscape.value(each) for each in points}) <= 6
