"""Bar: a figure that an answer must meet on average, whatever else it achieves."""

from __future__ import annotations

import math
from collections.abc import Mapping

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record


class Bar(Record):
    """As "mean loss at most 3.28". `name` is that of a metric of the task's outcomes."""

    name: str
    limit: float
    lower_is_better: bool = True

    def margin(self, outcome: Outcome) -> float | None:
        """How far the figure is on the good side of the limit; None where there is no finite figure."""
        return self.margin_of(outcome.metrics)

    def margin_of(self, metrics: Mapping[str, float]) -> float | None:
        """The same for figures of any origin, such as means."""
        value = metrics.get(self.name)
        if value is None or not math.isfinite(value):
            return None
        return self.limit - value if self.lower_is_better else value - self.limit
