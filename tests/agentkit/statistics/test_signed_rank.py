import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.signed_rank import EXACT, doubled_ranks, signed_rank_p, weights


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        # Of 5 with one sign: two of all 32 choices of signs.
        ([1, 2, 3, 4, 5], 2 / 32),
        ([-1, -2, -3, -4, -5], 2 / 32),
        ([0, 0, 0], 1.0),
        ([], 1.0),
        ([3, -3], 1.0),
    ],
)
def test_known_values(differences: list[float], p: float) -> None:
    assert signed_rank_p(differences) == pytest.approx(p)


def test_equal_values_share_a_rank_and_large_ones_have_no_more_weight() -> None:
    assert doubled_ranks([1, 2, 2, 3]) == [2, 5, 5, 8]
    assert weights([1, 2, 2, 3, 4, 5, 6, 7]) == [2, 4, 4, 4, 4, 4, 4, 4]
    disturbed = [0.1 * number for number in range(1, 16)] + [-90.0, -95.0, -99.0]
    assert signed_rank_p(disturbed) < 0.02


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8))
def test_it_is_the_count_over_all_signs(differences: list[int]) -> None:
    """Every choice of signs is as likely as any other where nothing differs."""
    kept = [each for each in differences if each]
    ranks = dict(zip(sorted(map(abs, kept)), weights(sorted(map(abs, kept))), strict=True))
    sizes = [ranks[abs(each)] for each in kept]
    middle = sum(sizes) / 2

    def distance(signs: tuple[int, ...]) -> float:
        return abs(sum(size for size, sign in zip(sizes, signs, strict=True) if sign > 0) - middle)

    here = distance(tuple(1 if each > 0 else -1 for each in kept))
    choices = list(itertools.product((1, -1), repeat=len(kept)))
    as_far = sum(distance(signs) >= here - 1e-9 for signs in choices) / len(choices)
    assert signed_rank_p(differences) == pytest.approx(min(1.0, as_far) if kept else 1.0)


def test_many_differences_are_judged_by_the_normal_curve() -> None:
    rng = random.Random(3)
    below = [rng.gauss(0.3, 1) for _ in range(EXACT)]
    assert signed_rank_p([*below, 0.001]) == pytest.approx(signed_rank_p(below), rel=0.1)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        signed_rank_p([1.0, math.nan])
