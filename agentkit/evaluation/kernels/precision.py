"""Precision: how far an output is from a reference in float64, beside how far the baseline is.

A tolerance alone invites answers that are only just good enough. Here a kernel may be a small factor less
exact than the baseline was on the same inputs, so half the digits for twice the speed is no bargain.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import BrokenPlugin
from agentkit.evaluation.kernels.inputs import Array
from agentkit.evaluation.kernels.problem import Dtype, KernelRules


def error_of(output: Array, reference: NDArray[np.float64]) -> float:
    """The larger of two relative errors: of the worst element, and on average. Infinite if one is not finite.

    Both are relative to the size of the whole output, as roundings are. NaN equals nothing.
    """
    if not np.isfinite(output).all():
        return math.inf
    apart = np.abs(output.astype(np.float64) - reference)
    size = np.abs(reference)
    # Below the smallest normal number digits are lost by definition.
    least = float(np.finfo(str(output.dtype)).tiny)
    if not apart.size:
        return 0.0
    worst = float(apart.max()) / max(float(size.max()), least)
    return max(worst, float(apart.mean()) / max(float(size.mean()), least))


def allowed_error(baseline_error: float, dtype: Dtype, rules: KernelRules) -> float:
    return max(rules.error_factor * baseline_error, rules.least_error * float(np.finfo(dtype).eps))


def check_reference(reference: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    """BrokenPlugin for a reference that cannot be compared with: the task's own fault."""
    if reference.dtype != np.float64 or reference.shape != shape or not np.isfinite(reference).all():
        raise BrokenPlugin(
            "The reference of a kernel task gave something that cannot be compared with.",
            f"Expected: finite float64 numbers of the shape {list(shape)}",
            f"Found: {reference.dtype} {list(reference.shape)}, finite: {bool(np.isfinite(reference).all())}",
        )


def describe_error(output: Array, error: float, allowed: float) -> str:
    """For the one who wrote the kernel."""
    count = int(np.isnan(output).sum())
    if count:
        return f"{count} of {output.size} values are NaN (the buffer held NaN before the call)"
    if not math.isfinite(error):
        return "not all values are finite"
    return f"the error against float64 is {error:.2g}, and {allowed:.2g} is allowed"
