"""Squared distances of all pairs. Runs in the harness only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agentkit.evaluation.kernels.problem import KernelProblem, Sizes, Work


def reference(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros((len(x), len(y)))
    for one, other in zip(x.T, y.T, strict=True):
        total += (one[:, None] - other[None, :]) ** 2
    return total


def work(sizes: Sizes, width: int) -> Work:
    n, m, d = sizes["n"], sizes["m"], sizes["d"]
    return Work(bytes=(n * d + m * d + n * m) * width, flops=2 * n * m * d)


problem = KernelProblem(
    inputs=lambda sizes: ((sizes["n"], sizes["d"]), (sizes["m"], sizes["d"])),
    output=lambda sizes: (sizes["n"], sizes["m"]),
    reference=reference,
    work=work,
)
