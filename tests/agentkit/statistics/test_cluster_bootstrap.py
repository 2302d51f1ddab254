import math

import numpy as np
import pytest

from agentkit.statistics.cluster_bootstrap import (
    cluster_draws,
    cluster_interval,
    percentile_interval,
    spread,
)
from agentkit.statistics.ratio import Array, ratio


def share(sums: Array) -> Array:
    return ratio(sums[..., 0], sums[..., 1])


def test_every_resample_holds_as_many_clusters() -> None:
    draws = cluster_draws(np.ones((7, 1)), 50, seed=1)
    assert draws.shape == (50, 1)
    assert (draws == 7).all()


def test_the_seed_is_the_interval() -> None:
    totals = np.random.default_rng(4).integers(1, 9, size=(30, 2)).astype(float)
    assert cluster_interval(totals, share, seed=3) == cluster_interval(totals, share, seed=3)
    assert cluster_interval(totals, share, seed=3) != cluster_interval(totals, share, seed=4)


def test_units_that_err_together_make_it_wider() -> None:
    """40 units of which 20 err, in clusters of 4 that err as one, and each for itself."""
    together = np.array([[4.0, 4.0]] * 5 + [[0.0, 4.0]] * 5)
    alone = np.array([[1.0, 1.0]] * 20 + [[0.0, 1.0]] * 20)
    wide, narrow = cluster_interval(together, share), cluster_interval(alone, share)
    assert wide is not None
    assert narrow is not None
    assert wide[1] - wide[0] == pytest.approx(2 * (narrow[1] - narrow[0]), rel=0.2)


def test_it_covers() -> None:
    """300 worlds of 40 clusters each with its own rate; the true mean is in 95 of 100 intervals."""
    chance = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        rates = chance.beta(2, 2, size=40)
        totals = np.stack([chance.binomial(5, rates), np.full(40, 5)], axis=1).astype(float)
        interval = cluster_interval(totals, share, resamples=500)
        assert interval is not None
        held += interval[0] <= 0.5 <= interval[1]
    assert 0.90 <= held / 300 <= 0.98


def test_what_is_mostly_undefined_has_no_interval() -> None:
    assert cluster_interval(np.ones((1, 2)), share) is None
    assert cluster_interval(np.zeros((9, 2)), share) is None
    assert percentile_interval(np.array([1.0] * 94 + [math.nan] * 6)) is None
    assert percentile_interval(np.array([1.0] * 96 + [math.nan] * 4)) == (1.0, 1.0)
    assert math.isnan(spread(np.array([1.0] * 94 + [math.nan] * 6)))
    assert spread(np.array([1.0, 3.0])) == pytest.approx(2.0)
