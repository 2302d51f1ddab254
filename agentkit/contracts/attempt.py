"""Attempt: one version of the work, where it came from and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import Field

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record


class Expansion(Record):
    """An intention: which operator, from which attempts. No code yet."""

    operator: str
    parents: tuple[str, ...] = ()
    params: Mapping[str, Any] = Field(default_factory=dict)
    reason: str = ""
    """Why, in the policy's own words, where its rank in the tree does not say it; for people alone."""


class Cost(Record):
    """What something used. `dollars` None: at least one call had no known price."""

    tokens: int = 0
    """Input and output together."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Part of the input."""
    reasoning_tokens: int = 0
    """Part of the output."""
    dollars: float | None = 0.0
    seconds: float = 0.0
    """Of waiting for models."""
    calls: int = 0
    lost_calls: int = 0
    """Of the calls, those cut off without an answer; they count at their upper bound."""
    gpu_seconds: float = 0.0


class Attempt(Record):
    """A finished attempt, as every later decision sees it."""

    id: str
    operator: str
    parents: tuple[str, ...] = ()
    params: Mapping[str, Any] = Field(default_factory=dict)
    plan: str = ""
    """What it meant to do and why; for `debug`, the cause and the repair."""
    snapshot: str = ""
    """Digest of the workspace it left."""
    outcome: Outcome
    fitness: float | None = None
    """By the task's metric, higher is better; None unless valid."""
    lesson: str = ""
    cost: Cost = Cost()

    @property
    def valid(self) -> bool:
        return self.fitness is not None

    @property
    def buggy(self) -> bool:
        """Worth a repair: it failed, and not by breaking the rules."""
        return self.outcome.status in ("crash", "timeout", "invalid")


class AttemptTree(Protocol):
    """What a policy and a memory view may read: finished attempts, oldest first."""

    @property
    def attempts(self) -> Mapping[str, Attempt]: ...

    def children(self, attempt: str | None) -> Sequence[Attempt]:
        """Those with `attempt` among their parents; None: those without a parent."""

    def best(self) -> Attempt | None:
        """The fittest valid attempt; of equals the oldest."""
