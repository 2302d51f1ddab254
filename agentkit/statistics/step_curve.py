"""Best-so-far against what was spent: a step function that rises where an attempt beat all before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agentkit.statistics.ratio import Array


@dataclass(frozen=True)
class StepCurve:
    """`values[i]` holds from `steps[i]` on, until the next step; `steps` rises strictly and begins at 0."""

    steps: Array
    values: Array
    end: float
    """What was spent in all. Beyond it the last value is kept, which is a convention and no measurement."""

    def on(self, grid: Array) -> Array:
        """Its value at each place of `grid`, none of them below 0."""
        found: Array = self.values[np.searchsorted(self.steps, grid, side="right") - 1]
        return found

    def area(self, horizon: float) -> float:
        """Below the curve from 0 to `horizon`, divided by `horizon`: its mean height, exactly."""
        edges = np.minimum(np.append(self.steps, np.inf), horizon)
        return float(np.diff(edges) @ self.values / horizon)


def best_so_far(spent: Sequence[float], scores: Sequence[float | None], start: float = 0.0) -> StepCurve:
    """`spent[i]` is what was spent when attempt i had its score, all before it included; None: it has none.

    The start is what one has before any attempt, and keeps until one beats it. ValueError: `spent` falls.
    """
    steps, values = [0.0], [start]
    before = 0.0
    for now, score in zip(spent, scores, strict=True):
        if not before <= now < float("inf"):
            raise ValueError(
                f"what was spent is a finite sum that never falls, found {now!r} after {before!r}"
            )
        before = now
        if score is None or score <= values[-1]:
            continue
        if now > steps[-1]:
            steps.append(now)
            values.append(score)
        else:
            values[-1] = score
    return StepCurve(np.array(steps), np.array(values, dtype=np.float64), before)
