import math

import numpy as np

from agentkit.statistics.ratio import ratio


def test_nothing_of_nothing_is_not_defined() -> None:
    found = ratio(np.array([1.0, 1.0, 0.0]), np.array([2.0, 0.0, 0.0]))
    assert found[0] == 0.5
    assert np.isnan(found[1:]).all()
    assert math.isnan(ratio(np.float64(1.0), np.float64(0.0)))  # type: ignore[arg-type]
