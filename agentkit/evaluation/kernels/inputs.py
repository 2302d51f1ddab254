"""Inputs: the cases of one evaluation and the values of one call, from randomness drawn when it begins.

Nobody can have computed an answer before: sizes, order, number of calls, values and places in memory
are unknown until a call is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agentkit.evaluation.kernels.problem import Case, KernelProblem, KernelRules, Layout, Range, Shape, Sizes

Array = NDArray[np.generic]

DENORMAL = 0.01
"""Share of the smallest normal number that denormal values have."""
REPEATED = 3
"""How many different rows `repeated` values are made of."""


@dataclass(frozen=True)
class Laid:
    """An array and the memory that it is a view of, all of which travels."""

    storage: Array
    """One-dimensional and contiguous."""
    view: Array

    @property
    def offset(self) -> int:
        """Bytes from the start of the storage to the first element of the view."""
        first: int = self.view.__array_interface__["data"][0]
        start: int = self.storage.__array_interface__["data"][0]
        return first - start


def draw_cases(rules: KernelRules, rng: Generator) -> tuple[list[Case], list[Case]]:
    """(timed, checked): sizes are drawn; among the checks are every kind of values and every layout."""
    first = rules.dtypes[0], rules.values[0], rules.layouts[0]
    timed = [Case(draw_sizes(each, rng), *first, timed=number) for number, each in enumerate(rules.timed)]
    kinds = list(itertools.product(rules.dtypes, rules.values, rules.layouts))
    chosen = {(each, first[1], first[2]) for each in rules.dtypes}
    chosen |= {(first[0], each, first[2]) for each in rules.values}
    chosen |= {(first[0], first[1], each) for each in rules.layouts}
    more = [kinds[int(rng.integers(len(kinds)))] for _ in range(rules.checks)]
    checked = [
        Case(draw_sizes(rules.checked, rng), dtype, values, layout)
        for dtype, values, layout in [*sorted(chosen), *more]
    ]
    # The sizes that are timed are checked with other values, too: a kernel must not tell the two apart.
    for each in timed:
        values = rules.values[int(rng.integers(len(rules.values)))]
        checked.append(Case(each.sizes, rules.dtypes[0], values, rules.layouts[0]))
    return timed, checked


def draw_sizes(ranges: Mapping[str, Range], rng: Generator) -> Sizes:
    """Spread evenly over magnitudes, so that small ones come up as well."""
    found = {}
    for name, (low, high) in ranges.items():
        size = round(float(np.exp(rng.uniform(np.log(low), np.log(high + 1)))))
        found[name] = min(max(size, low), high)
    return found


def draw_inputs(case: Case, problem: KernelProblem, rules: KernelRules, rng: Generator) -> list[Laid]:
    """Fresh values for one call."""
    shapes = problem.inputs(case.sizes)
    return [lay(draw_values(case, shape, rules, rng), case.layout, rng) for shape in shapes]


def draw_values(case: Case, shape: Shape, rules: KernelRules, rng: Generator) -> Array:
    dtype = np.dtype(case.dtype)
    if case.values == "zeros":
        return np.zeros(shape, dtype)
    values = rng.standard_normal(shape, dtype=np.float32 if case.dtype == "float32" else np.float64)
    if case.values == "large":
        values *= values.dtype.type(rules.large)
    elif case.values == "shifted":
        values += values.dtype.type(rules.large)
    elif case.values == "denormal":
        values *= values.dtype.type(DENORMAL * np.finfo(dtype).tiny)
    elif case.values == "repeated" and shape:
        values = values[rng.integers(min(REPEATED, shape[0]), size=shape[0])]
    return values


def lay(values: Array, layout: Layout, rng: Generator) -> Laid:
    """The same values in memory as they are, with the axes in reverse, or with gaps that hold NaN."""
    if layout == "strided":
        step = int(rng.integers(2, 4))
        wide = np.full((*values.shape[:-1], values.shape[-1] * step), np.nan, values.dtype)
        view = wide[..., ::step]
        view[...] = values
        return Laid(wide.reshape(-1), view)
    if layout == "transposed":
        turned = np.ascontiguousarray(values.T)
        return Laid(turned.reshape(-1), turned.T)
    plain = np.ascontiguousarray(values)
    return Laid(plain.reshape(-1), plain)
