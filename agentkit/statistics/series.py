"""A series of measurements of one figure; what too few of them cannot say is None, never 0."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def mean(values: Sequence[float]) -> float | None:
    """None for an empty series."""
    _refuse_what_is_no_measurement(values)
    return float(statistics.mean(values)) if values else None


def median(values: Sequence[float]) -> float | None:
    """None for an empty series; of an even number the mean of the middle two."""
    _refuse_what_is_no_measurement(values)
    return float(statistics.median(values)) if values else None


def variance(values: Sequence[float]) -> float | None:
    """Sample variance, divisor n − 1; None below two measurements, for one says nothing of scatter."""
    _refuse_what_is_no_measurement(values)
    return float(statistics.variance(values)) if len(values) >= 2 else None


def standard_deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation, divisor n − 1; None below two measurements."""
    spread = variance(values)
    return None if spread is None else math.sqrt(spread)


def standard_error(values: Sequence[float]) -> float | None:
    """Of the mean: sd / √n; None below two measurements."""
    spread = variance(values)
    return None if spread is None else math.sqrt(spread / len(values))


def _refuse_what_is_no_measurement(values: Sequence[float]) -> None:
    for value in values:
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is not a measurement; leave out what was not measured")
