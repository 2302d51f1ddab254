"""Kernel problem: what a kernel computes, over which inputs, and the rules that its measurement follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from agentkit.contracts.record import Record

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

Sizes = Mapping[str, int]
"""Name of a dimension to its length: `{"n": 512, "d": 64}`."""
Shape = tuple[int, ...]
Dtype = Literal["float32", "float64"]
Values = Literal["normal", "zeros", "large", "denormal", "shifted", "repeated"]
Layout = Literal["plain", "transposed", "strided"]
Range = tuple[int, int]
"""Both ends included."""


class Work(Record):
    """The least that any kernel must do for one call; from it follows the shortest time it can take."""

    bytes: float
    """Read and written once each."""
    flops: float = 0.0


class KernelRules(Record):
    """Every field decides a score, so all belong to the task's digest."""

    timed: tuple[Mapping[str, Range], ...] = Field(min_length=1)
    """Sizes of the calls that set the score, drawn anew within these ranges for every evaluation."""
    checked: Mapping[str, Range]
    """Sizes of the calls that only check the values; also drawn."""
    checks: int = 8
    """How many of these, beyond one for every kind of values and every layout."""
    dtypes: tuple[Dtype, ...] = ("float32", "float64")
    """The first is the one that is timed."""
    values: tuple[Values, ...] = ("normal", "zeros", "large", "denormal", "shifted", "repeated")
    """The first is the one that is timed."""
    layouts: tuple[Layout, ...] = ("plain", "transposed", "strided")
    large: float = 1e4
    """Size of `large` values, and how far `shifted` ones lie from zero."""
    calls: Range = (15, 21)
    """Timed calls of each size that count."""
    warmups: Range = (1, 4)
    """Calls before these, of each size, that do not; the kernel cannot tell them apart."""
    error_factor: float = 8.0
    """How many times the baseline's own error against float64 is allowed."""
    least_error: float = 16.0
    """Always allowed, in units of the output's rounding."""
    review_speedup: float = 10.0
    """A speed-up beyond this is flagged for a reader."""
    generosity: float = 2.0
    """How many times faster than this machine's measured limits a call must be to be impossible."""
    load_seconds: float = 60.0
    answer_seconds: float = 30.0
    """Wall clock for one call."""
    whole_seconds: float = 300.0
    """Wall clock for all calls of one evaluation."""
    cpu_share: float = 1.15
    """CPU seconds allowed for a wall second of answering: one thread, and some noise."""
    cpu_slack: float = 0.3
    """CPU seconds allowed beyond that."""
    memory_bytes: int = 2 * 1024**3

    @model_validator(mode="after")
    def _same_names(self) -> KernelRules:
        for each in self.timed:
            if each.keys() != self.checked.keys():
                raise ValueError(f"timed sizes name {sorted(each)}, checked ones {sorted(self.checked)}")
        return self


@dataclass(frozen=True)
class KernelProblem:
    """A task's own part. It runs in the harness; no process that runs a candidate ever holds it."""

    inputs: Callable[[Sizes], tuple[Shape, ...]]
    output: Callable[[Sizes], Shape]
    reference: Callable[..., NDArray[float64]]
    """From the inputs in float64, of any layout, to the output in float64."""
    work: Callable[[Sizes, int], Work]
    """Of sizes and the bytes of one number."""


@dataclass(frozen=True)
class Case:
    """One kind of call. Its values are drawn anew each time it is asked."""

    sizes: Sizes
    dtype: Dtype
    values: Values
    layout: Layout
    timed: int | None = None
    """Number of the timed sizes; None: only its values are checked."""

    def __str__(self) -> str:
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        return f"{sizes}, {self.dtype}, {self.values} values, {self.layout} layout"
