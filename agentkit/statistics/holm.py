"""Several tests at once (Holm, Scandinavian Journal of Statistics 6, 1979)."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted, in the order given: where one is below the level, so may be said, and with at most that
    chance is any of all that is said wrong. ValueError for what is no probability."""
    if any(not 0 <= each <= 1 for each in p_values):
        raise ValueError(f"a p-value lies between 0 and 1, found {list(p_values)}")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
