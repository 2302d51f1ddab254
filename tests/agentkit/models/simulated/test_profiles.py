from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.models.simulated.profiles import HINT_GAINS, PROFILES

LEVELS = st.lists(st.sampled_from([*HINT_GAINS, "own"]), unique=True)


@pytest.mark.parametrize("name", PROFILES)
@given(levels=LEVELS)
def test_a_chance_stays_one_and_no_hint_lowers_it(name: str, levels: list[str]) -> None:
    profile = PROFILES[name]
    chances = [profile.chance("draft", levels[:count]) for count in range(len(levels) + 1)]
    assert all(0 < each < 1 for each in chances)
    assert chances == sorted(chances)


def test_without_hints_the_chance_is_the_operators_own() -> None:
    modest = PROFILES["modest"]
    assert modest.chance("improve", ()) == pytest.approx(modest.habits["improve"].good)
    assert modest.chance("an operator of somebody's own", ()) == pytest.approx(modest.other.good)


def test_hints_are_worth_what_they_are_in_the_published_order() -> None:
    chance = PROFILES["modest"].chance
    regimes: list[tuple[str, ...]] = [(), ("text",), ("paper",), ("pseudocode",), ("pseudocode", "text")]
    values = [chance("draft", each) for each in [*regimes, ("pseudocode", "text", "paper")]]
    assert values == sorted(values) and len(set(values)) == len(values)


def test_the_deaf_one_is_as_modest_and_hears_nothing() -> None:
    deaf, modest = PROFILES["deaf"], PROFILES["modest"]
    assert deaf.chance("draft", tuple(HINT_GAINS)) == deaf.chance("draft", ()) == modest.chance("draft", ())
    assert deaf.told == 1


def test_profiles_go_from_weak_to_strong() -> None:
    good = [PROFILES[name].chance("draft", ()) for name in ("weak", "modest", "strong")]
    assert good == sorted(good)
    assert PROFILES["weak"].slip > PROFILES["modest"].slip > PROFILES["strong"].slip
