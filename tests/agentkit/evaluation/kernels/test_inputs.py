"""Inputs: fresh, of every declared kind, and laid out as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agentkit.evaluation.kernels.inputs import draw_cases, draw_inputs, draw_sizes, lay
from agentkit.evaluation.kernels.problem import Case, KernelProblem, KernelRules, Layout, Values


def test_every_kind_is_among_the_checks(rules: Callable[..., KernelRules]) -> None:
    timed, checked = draw_cases(rules(), np.random.default_rng(1))
    assert [each.timed for each in timed] == [0, 1]
    assert all((each.dtype, each.values, each.layout) == ("float32", "normal", "plain") for each in timed)
    assert {each.values for each in checked} == set(rules().values)
    assert {each.layout for each in checked} == set(rules().layouts)
    assert {each.dtype for each in checked} == {"float32", "float64"}
    # The sizes that are timed are among the checks, so a size does not tell the two apart.
    assert {tuple(each.sizes.items()) for each in timed} <= {tuple(each.sizes.items()) for each in checked}


def test_sizes_stay_in_their_ranges_and_differ(rules: Callable[..., KernelRules]) -> None:
    rng = np.random.default_rng(2)
    drawn = [draw_sizes({"n": (1, 300), "d": (7, 7)}, rng) for _ in range(200)]
    assert all(1 <= each["n"] <= 300 and each["d"] == 7 for each in drawn)
    assert len({each["n"] for each in drawn}) > 50
    assert sum(each["n"] < 20 for each in drawn) > 40


@pytest.mark.parametrize("values", ["normal", "large", "denormal", "shifted", "repeated"])
def test_values_are_new_for_every_call(
    values: Values, problem: KernelProblem, rules: Callable[..., KernelRules]
) -> None:
    case, rng = Case({"n": 30, "d": 8}, "float32", values, "plain"), np.random.default_rng(3)
    first, second = (draw_inputs(case, problem, rules(), rng)[0].view for _ in range(2))
    assert first.dtype == np.float32
    assert not np.array_equal(first, second)


def test_kinds_of_values(problem: KernelProblem, rules: Callable[..., KernelRules]) -> None:
    def drawn(values: Values) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        case = Case({"n": 40, "d": 8}, "float64", values, "plain")
        return np.asarray(draw_inputs(case, problem, rules(), np.random.default_rng(4))[0].view, np.float64)

    assert not drawn("zeros").any()
    assert 1e3 < np.abs(drawn("large")).mean() < 1e5
    denormal = np.abs(drawn("denormal"))
    assert 0 < denormal.max() < np.finfo(np.float64).tiny
    assert abs(drawn("shifted").mean() - 1e4) < 1
    assert len(np.unique(drawn("repeated"), axis=0)) <= 3


@pytest.mark.parametrize("layout", ["plain", "transposed", "strided"])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (9,)])
def test_a_layout_keeps_the_values_and_knows_its_memory(layout: Layout, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    values = rng.standard_normal(shape)
    laid = lay(values, layout, rng)
    assert np.array_equal(laid.view, values)
    assert laid.storage.ndim == 1
    assert laid.storage.flags.c_contiguous
    again = np.ndarray(
        laid.view.shape, laid.view.dtype, laid.storage.tobytes(), laid.offset, laid.view.strides
    )
    assert np.array_equal(again, values)
    if layout != "plain" and min(shape) > 1 and len(shape) > 1:
        assert not laid.view.flags.c_contiguous
