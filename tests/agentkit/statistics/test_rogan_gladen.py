import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.statistics.rogan_gladen import corrected_count, corrected_share

RATE = st.floats(0.55, 1.0)


@given(st.floats(0, 1), RATE, RATE)
def test_it_undoes_what_the_errors_do(share: float, found: float, refused: float) -> None:
    said = share * found + (1 - share) * (1 - refused)
    assert corrected_share(said, found, refused) == pytest.approx(share, abs=1e-9)


def test_rates_that_tell_nothing_apart_correct_nothing() -> None:
    assert corrected_share(0.4, 0.5, 0.5) is None
    assert corrected_count((4, 10), (5, 10), (5, 10)) is None
    assert corrected_count((4, 10), (0, 0), (5, 10)) is None
    assert corrected_share(0.01, 0.9, 0.9) == 0.0


def test_the_interval_covers() -> None:
    """2,000 worlds: 200 counted, rates known from 60 and 40."""
    chance = np.random.default_rng(2)
    true, found, refused, held = 0.3, 0.85, 0.75, 0
    for _ in range(2000):
        said = int(chance.binomial(200, true * found + (1 - true) * (1 - refused)))
        of_rates = int(chance.binomial(60, found)), int(chance.binomial(40, refused))
        estimate = corrected_count((said, 200), (of_rates[0], 60), (of_rates[1], 40))
        assert estimate is not None
        assert estimate.low <= estimate.value <= estimate.high
        held += estimate.low <= true <= estimate.high
    assert 0.935 <= held / 2000 <= 0.985


def test_rates_known_from_few_widen_it() -> None:
    well, badly = (
        corrected_count((80, 200), (85, 100), (75, 100)),
        corrected_count((80, 200), (17, 20), (15, 20)),
    )
    assert well is not None
    assert badly is not None
    assert well.value == pytest.approx(badly.value)
    assert badly.high - badly.low > 1.2 * (well.high - well.low)
