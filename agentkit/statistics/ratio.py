"""One array divided by another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def ratio(part: Array, whole: Array) -> Array:
    """NaN, and no warning, where `whole` is 0."""
    divided: Array = np.divide(
        part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) != 0
    )
    return divided
