"""How far is too far: beside the baseline, and never NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agentkit.errors import BrokenPlugin
from agentkit.evaluation.kernels.precision import allowed_error, check_reference, describe_error, error_of
from agentkit.evaluation.kernels.problem import KernelRules

REFERENCE = np.linspace(-3.0, 5.0, 40).reshape(8, 5)


def test_rounding_is_small_and_less_precision_is_not(rules: Callable[..., KernelRules]) -> None:
    single = error_of(REFERENCE.astype(np.float32), REFERENCE)
    half = error_of(REFERENCE.astype(np.float16).astype(np.float32), REFERENCE)
    allowed = allowed_error(single, "float32", rules())
    assert single < allowed < half


def test_a_kernel_may_be_a_little_less_exact_than_the_baseline(rules: Callable[..., KernelRules]) -> None:
    assert allowed_error(0.0, "float64", rules()) == 16 * np.finfo(np.float64).eps
    assert allowed_error(1e-3, "float32", rules(error_factor=4.0)) == pytest.approx(4e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_wrong_even_in_one_place(bad: float) -> None:
    output = REFERENCE.copy()
    output[3, 3] = bad
    assert error_of(output, REFERENCE) == math.inf


def test_one_wrong_value_among_many_counts() -> None:
    output = np.ones(100_000)
    reference = output.copy()
    output[77] = 1.5
    assert error_of(output, reference) == pytest.approx(0.5)


def test_losing_what_no_number_can_hold_is_no_error() -> None:
    reference = np.full(9, 1e-42)
    assert error_of(np.zeros(9, np.float32), reference) < 1e-3
    assert error_of(np.zeros(0), np.zeros(0)) == 0.0


def test_words_for_who_wrote_it() -> None:
    holes = np.array([1.0, np.nan, np.nan])
    assert "2 of 3 values are NaN" in describe_error(holes, math.inf, 1e-6)
    assert "not all values are finite" in describe_error(np.array([np.inf]), math.inf, 1e-6)
    assert describe_error(REFERENCE, 0.01, 1e-6) == "the error against float64 is 0.01, and 1e-06 is allowed"


@pytest.mark.parametrize("reference", [np.ones((2, 2), np.float32), np.ones((2, 3)), np.full((2, 2), np.nan)])
def test_a_reference_that_cannot_be_compared_with_is_the_tasks_fault(reference: Any) -> None:
    with pytest.raises(BrokenPlugin, match="cannot be compared"):
        check_reference(reference, (2, 2))
    check_reference(np.ones((2, 2)), (2, 2))
