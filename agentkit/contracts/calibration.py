"""Calibration: both ends of a task, measured on the machine at hand or as they were published."""

from __future__ import annotations

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.record import Record


class Pair(Record):
    """The start files and the reference solution, evaluated one after the other on one seed."""

    seed: int
    start: Outcome
    target: Outcome


class Calibration(Record):
    """What a score of this task is relative to. A measured one is cached by task digest and machine."""

    task: str
    digest: str
    machine: str
    """What the measurement depends on besides the task: processor, Python, torch, sandbox."""
    metric: str
    pairs: tuple[Pair, ...]
    """None where the ends are published: nothing was measured."""
    created: float = 0.0
    published: PublishedEnds | None = None
    """The ends, where they are not those of `pairs`."""


class Estimate(Record):
    """A figure with its interval (95 % unless said otherwise) and how many measurements carry it."""

    value: float
    low: float
    high: float
    n: int
