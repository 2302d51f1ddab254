"""Confirmation: is a candidate really better than what it started from? Measured anew, and decided."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from agentkit.contracts.bar import Bar
from agentkit.contracts.calibration import Estimate
from agentkit.contracts.outcome import Outcome, Trust
from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric


class Look(Record):
    """A number of pairs after which the tests are made, and the level that they must reach there."""

    pairs: int = Field(ge=1)
    level: float = Field(gt=0, lt=1)


class Design(Record):
    """Decided before the first measurement. The levels of all looks add up to `alpha`."""

    alpha: float
    looks: tuple[Look, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _spends_alpha_once(self) -> Self:
        if math.fsum(look.level for look in self.looks) > self.alpha * (1 + 1e-9):
            raise ValueError(f"the levels of the looks add up to more than alpha {self.alpha:g}")
        if any(second.pairs <= first.pairs for first, second in pairwise(self.looks)):
            raise ValueError("each look comes after the one before it")
        return self

    @property
    def most(self) -> int:
        """Pairs after which it is over, whatever they say."""
        return self.looks[-1].pairs


class Contest(Record):
    """Both sides, evaluated one after the other on one seed."""

    seed: int
    against: Outcome
    candidate: Outcome


class ClaimTest(Record):
    """One claim, tested. It holds at a level that neither p value is above."""

    name: str
    """Of the metric."""
    claim: Literal["better", "within"]
    """`better` than the other side, pair by pair; or its own mean `within` a bar."""
    samples: tuple[float, ...]
    """One a pair; the claim is that their mean is above 0. Of `better` with ratios: log of how many times
    better; else differences in the metric's unit. Of `within`: how far on the good side of the limit."""
    ratio: bool = False
    t: float
    """p of Student's t test."""
    ranks: float
    """p of the exact test on signed ranks."""
    estimate: Estimate
    """Of the share saved or gained where `ratio`, else of the mean sample; its interval is the look's."""
    candidate: float
    """Mean of the metric."""
    other: float
    """Mean of the metric on the other side, or the bar's limit."""


class Verdict(Record):
    """What came out."""

    record: bool
    reason: str
    """One line."""
    design: Design
    pairs: int
    level: float
    """Of the look at which it was decided."""
    tests: tuple[ClaimTest, ...] = ()
    faults: tuple[str, ...] = ()
    """Runs of the candidate that rule a record out, whatever the others say."""
    disturbed: tuple[str, ...] = ()
    """Measurements made while the machine did something else too. They count like the others."""
    missed: int = 0
    """Runs of the candidate that missed a bar; they count like the others."""
    needed: int | None = None
    """Pairs with which this mean and this noise would pass in four cases of five; None: no number, or it
    has passed."""
    trust: Trust = "claimed"
    isolation: str = ""


class Confirmation(Record):
    """Everything about one: the design, each measurement as it came, and in the end the verdict."""

    version: Literal[1] = 1
    task: str
    digest: str
    profile: str = ""
    machine: str
    """As of a calibration: processor, software, sandbox."""
    sandbox: str
    metric: Metric
    bars: tuple[Bar, ...] = ()
    candidate: str
    """In words: `attempt a3 of 20261121-…`."""
    candidate_files: str
    """Digest of the snapshot."""
    against: str
    against_files: str
    first_seed: int
    design: Design
    contests: tuple[Contest, ...] = ()
    created: float = 0.0
    verdict: Verdict | None = None
