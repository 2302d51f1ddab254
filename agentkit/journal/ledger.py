"""Ledger: what a run has spent and what its calls under way may still cost, as a fold over the journal.

A call is reserved at its upper bound before it is made (`asked`), and settled by the provider's own count
(`reply`). One that was cut off (`cut`, or a process that died) stays at its upper bound: it may have been
billed, and nobody can say. So the sum never understates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.contracts.attempt import Cost
from agentkit.contracts.messages import Usage
from agentkit.contracts.outcome import Outcome


def cost_of(usage: Usage, seconds: float = 0.0) -> Cost:
    """One answered call; one at its upper bound counts as lost."""
    return Cost(
        tokens=usage.input_tokens + usage.output_tokens,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        dollars=usage.dollars,
        seconds=seconds,
        calls=1,
        lost_calls=int(usage.upper_bound),
    )


def add_costs(one: Cost, other: Cost) -> Cost:
    """Field by field; an unknown price makes the sum unknown."""
    known = one.dollars is not None and other.dollars is not None
    sums = {
        name: getattr(one, name) + getattr(other, name) for name in Cost.model_fields if name != "dollars"
    }
    return Cost(**sums, dollars=(one.dollars or 0.0) + (other.dollars or 0.0) if known else None)


def total(costs: Iterable[Cost]) -> Cost:
    result = Cost()
    for cost in costs:
        result = add_costs(result, cost)
    return result


@dataclass
class Ledger:
    """Fold with `asked`, `settle`, `lose_open_calls`, `job_ended`, `coded` and `computed`; ask with `spent`
    and `committed`."""

    by_attempt: dict[str, Cost] = field(default_factory=dict)
    """Settled, by attempt; "" for what belongs to none."""
    open_calls: dict[str, tuple[str, Usage]] = field(default_factory=dict)
    """Call position key to its attempt and its upper bound."""
    _jobs: set[Hashable] = field(default_factory=set)
    """Those that were counted."""
    _jobs_since: dict[str, float] = field(default_factory=dict)
    """By attempt, GPU-seconds of jobs since its last outcome, or since it was coded."""
    _spent: Cost = field(default_factory=Cost)
    _reserved: tuple[int, float, int] = (0, 0.0, 0)
    """Tokens and dollars of the open calls, and how many have no price; kept, as there may be hundreds."""

    @property
    def spent(self) -> Cost:
        """Settled calls, those lost at their upper bound included."""
        return self._spent

    @property
    def committed(self) -> Cost:
        """Spent, and what the calls under way may cost at most. Of these only tokens, dollars and calls."""
        tokens, dollars, unpriced = self._reserved
        known = self._spent.dollars is not None and not unpriced
        return self._spent.model_copy(
            update={
                "tokens": self._spent.tokens + tokens,
                "dollars": (self._spent.dollars or 0.0) + dollars if known else None,
                "calls": self._spent.calls + len(self.open_calls),
            }
        )

    def committed_by(self, attempt: str) -> Cost:
        under_way = [cost_of(bound) for owner, bound in self.open_calls.values() if owner == attempt]
        return total([self.by_attempt.get(attempt, Cost()), *under_way])

    def asked(self, attempt: str, key: str, bound: Usage) -> None:
        self._forget(key)
        self.open_calls[key] = (attempt, bound)
        self._reserve(bound, 1)

    def settle(self, attempt: str, key: str, usage: Usage, seconds: float) -> None:
        self._forget(key)
        self._spend(attempt, cost_of(usage, seconds))

    def lose_open_calls(self) -> None:
        """The process that made them is gone, and with it their answers."""
        for attempt, bound in self.open_calls.values():
            self._spend(attempt, cost_of(bound.model_copy(update={"upper_bound": True})))
        self.open_calls.clear()
        self._reserved = (0, 0.0, 0)

    def job_ended(self, attempt: str, job: Hashable, gpu_seconds: float) -> None:
        """What a job has used of the host's GPUs; once, however often it is told."""
        if job in self._jobs:
            return
        self._jobs.add(job)
        if gpu_seconds:
            self._jobs_since[attempt] = self._jobs_since.get(attempt, 0.0) + gpu_seconds
            self._spend(attempt, Cost(gpu_seconds=gpu_seconds))

    def coded(self, attempt: str) -> None:
        """What jobs have used so far, they did for its agent; no evaluation will tell of it again."""
        self._jobs_since.pop(attempt, None)

    def computed(self, attempt: str, outcome: Outcome | Mapping[str, Any]) -> None:
        """An evaluation's GPU-seconds, where its metrics have more than its jobs have told already."""
        metrics = outcome.metrics if isinstance(outcome, Outcome) else outcome.get("metrics", {})
        seconds = float(metrics.get("gpu_seconds", 0.0)) - self._jobs_since.pop(attempt, 0.0)
        if seconds > 0:
            self._spend(attempt, Cost(gpu_seconds=seconds))

    def _forget(self, key: str) -> None:
        if key in self.open_calls:
            self._reserve(self.open_calls.pop(key)[1], -1)
        if not self.open_calls:
            self._reserved = (0, 0.0, 0)  # so that rounding never adds up

    def _reserve(self, bound: Usage, sign: int) -> None:
        tokens, dollars, unpriced = self._reserved
        self._reserved = (
            tokens + sign * (bound.input_tokens + bound.output_tokens),
            dollars + sign * (bound.dollars or 0.0),
            unpriced + sign * (bound.dollars is None),
        )

    def _spend(self, attempt: str, cost: Cost) -> None:
        self.by_attempt[attempt] = add_costs(self.by_attempt.get(attempt, Cost()), cost)
        self._spent = add_costs(self._spent, cost)
