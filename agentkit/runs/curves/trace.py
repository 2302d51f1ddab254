"""Trace: what one run had spent, and how good its best attempt was, after each attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from agentkit.contracts.summary import AttemptRow, Summary
from agentkit.statistics.step_curve import StepCurve, best_so_far

Axis = Literal["attempts", "gpu_seconds", "evaluation_seconds", "dollars", "minutes"]
"""What a run spends. `evaluation_seconds`: wall seconds of evaluations, for runs that used no GPU."""
AXES: tuple[Axis, ...] = ("attempts", "gpu_seconds", "evaluation_seconds", "dollars", "minutes")


@dataclass(frozen=True)
class Trace:
    """One run's curves, by what they are drawn against."""

    curves: Mapping[Axis, StepCurve]
    """Without `dollars` where the price of a call is not known."""
    caps: Mapping[Axis, float]
    """Those that were set; `evaluation_seconds` has none of its own."""


def trace_of(summary: Summary) -> Trace:
    """Of a run whose task has a scale.

    A score is the FSR that an attempt's one evaluation in the search showed; before the first it is 0.
    """
    scores = [attempt.fsr if attempt.status == "valid" else None for attempt in summary.attempts]
    curves = {
        axis: best_so_far(spent, scores) for axis in AXES if (spent := spending(summary, axis)) is not None
    }
    caps = {axis: float(cap) for axis in AXES if (cap := summary.budget.caps.get(axis)) is not None}
    return Trace(curves, caps)


def spending(summary: Summary, axis: Axis) -> list[float] | None:
    """What had been spent when each attempt had its score; None: not known."""
    rows = summary.attempts
    if axis == "attempts":
        return [float(number) for number in range(1, len(rows) + 1)]
    if axis == "dollars":
        dollars = [row.cost.dollars for row in rows]
        known = [each for each in dollars if each is not None]
        return list(accumulate(known)) if len(known) == len(dollars) else None
    if axis == "gpu_seconds":
        return list(accumulate(row.cost.gpu_seconds for row in rows))
    if axis == "evaluation_seconds":
        return list(accumulate(row.seconds for row in rows))
    return clock(rows, summary.budget.minutes)


def clock(rows: Sequence[AttemptRow], minutes: float) -> list[float]:
    """Minutes at which each attempt ended: of waiting for models and of evaluating, one after the other.

    Attempts that were worked on at once add up to more than the run took; then all are shortened alike, so
    that the last ends when the run did.
    """
    ends = list(accumulate((row.seconds + row.cost.seconds) / 60 for row in rows))
    shorter = min(1.0, minutes / ends[-1]) if ends and ends[-1] > 0 else 1.0
    return [each * shorter for each in ends]
