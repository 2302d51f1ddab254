"""Roofline: the least time a call can take on this machine, from what was measured of it. Kept generous.

A figure below it says that the clock or the check was evaded: nothing that is computed is that fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from agentkit.evaluation.kernels.problem import Work

CACHED_BYTES = 128 * 1024
"""Small enough to stay in a core's own cache, which is faster than memory ever is."""
MATRIX = 384
REPEATS = 12
LEAST_BYTES, LEAST_FLOPS = 100e9, 200e9
"""A second, of one core. A busy machine measures as a slow one; no honest kernel may be flagged for that."""


@dataclass(frozen=True)
class Machine:
    """The best that was seen, in a second."""

    bytes: float
    flops: float

    def least_seconds(self, work: Work, generosity: float) -> float:
        """No call takes less. `generosity`: how far above the measured limits the true ones may be."""
        return max(work.bytes / self.bytes, work.flops / self.flops) / generosity


@cache
def this_machine() -> Machine:
    """Measured once a process, in about 0.1 s: copying within the cache, and multiplying matrices.

    Never below what a fast core can do.
    """
    source, target = np.ones(CACHED_BYTES // 4, np.float32), np.ones(CACHED_BYTES // 4, np.float32)
    left, right = np.ones((MATRIX, MATRIX), np.float32), np.ones((MATRIX, MATRIX), np.float32)
    product = np.empty_like(left)

    def copy() -> None:
        for _ in range(100):
            np.copyto(target, source)

    def multiply() -> None:
        np.matmul(left, right, out=product)

    return Machine(
        bytes=max(LEAST_BYTES, 100 * 2 * CACHED_BYTES / shortest(copy)),
        flops=max(LEAST_FLOPS, 2 * MATRIX**3 / shortest(multiply)),
    )


def shortest(function: Callable[[], None]) -> float:
    """Seconds of the fastest of some runs: what else runs here only ever slows it down."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - began)
    return best
