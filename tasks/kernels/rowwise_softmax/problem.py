"""Softmax of each row. Runs in the harness only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agentkit.evaluation.kernels.problem import KernelProblem, Sizes, Work


def reference(x: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.exp(x - x.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def work(sizes: Sizes, width: int) -> Work:
    numbers = sizes["n"] * sizes["d"]
    # An exponential is some ten operations; counted as one, which only makes the bound more generous.
    return Work(bytes=2 * numbers * width, flops=4 * numbers)


problem = KernelProblem(
    inputs=lambda sizes: ((sizes["n"], sizes["d"]),),
    output=lambda sizes: (sizes["n"], sizes["d"]),
    reference=reference,
    work=work,
)
