"""Whether paired differences could as well have had the opposite signs (Fisher, 1935; Edgington & Onghena,
Randomization Tests, 2007, §6).

Where nothing differs, which of two scores of a cell came from which configuration is chance, so each sign is
as likely as its opposite. Drawn signs count the ones seen among them (Phipson & Smyth, 2010), so that the
rate of false alarms never exceeds the level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.ratio import Array
from agentkit.statistics.score_table import ScoreTable

EXACT = 13
"""Up to so many units all signs are gone through."""
BATCH_CELLS = 1_000_000
ROUNDING = 1e-12
"""Of the sum of all sizes: sums that differ by less are equal."""


def sign_flip_p(
    differences: ScoreTable, *, tasks_are: Tasks = "fixed", flips: int = 9_999, seed: int = 0
) -> float:
    """Two-sided, of the mean of the tasks' means. 1 where there is no difference that is not 0.

    Where tasks are fixed, cells change signs one by one: the null is that no task differs. Where they are
    sampled, whole tasks do: tasks may differ, as often and as far one way as the other.
    """
    values = differences.values
    counts = np.maximum((~np.isnan(values)).sum(axis=1, keepdims=True), 1)
    parts = np.nan_to_num(values / counts) / max(len(values), 1)
    units = parts.sum(axis=1) if tasks_are == "sampled" else parts.ravel()
    units = units[units != 0]
    if not len(units):
        return 1.0
    least = abs(units.sum()) - ROUNDING * np.abs(units).sum()
    as_far = sum(int((np.abs(signs @ units) >= least).sum()) for signs in _signs(len(units), flips, seed))
    return as_far / 2 ** len(units) if len(units) <= EXACT else (as_far + 1) / (flips + 1)


def _signs(units: int, flips: int, seed: int) -> Iterator[Array]:
    """Choices × units of ±1, in batches: all of them, or `flips` drawn ones."""
    if units <= EXACT:
        bits = (np.arange(2**units)[:, None] >> np.arange(units)) & 1
        yield _as_signs(bits)
        return
    chance = np.random.default_rng(seed)
    batch = max(1, BATCH_CELLS // units)
    for start in range(0, flips, batch):
        yield _as_signs(chance.integers(2, size=(min(batch, flips - start), units)))


def _as_signs(bits: NDArray[np.int64]) -> Array:
    return 2.0 * bits.astype(np.float64) - 1.0
