import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.holm import holm


def test_known_values() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_the_step_down_refutes_the_same(p_values: list[float]) -> None:
    """By the rule itself: from the smallest on, each against the level over how many are left."""
    level = 0.05
    refuted: set[int] = set()
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        if p_values[place] * (len(p_values) - rank) > level:
            break
        refuted.add(place)
    assert {place for place, each in enumerate(holm(p_values)) if each <= level} == refuted


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.1, 1.2])
