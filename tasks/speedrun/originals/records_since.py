"""The records since the benchmark's 21, the medium track, and the track that counts steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from functools import cache
from pathlib import Path

from pydantic import ConfigDict, Field

from agentkit.contracts.record import Record
from agentkit.evaluation.toml_record import read_toml_record

TABLE = Path(__file__).with_name("records_since.toml")
TARGETS = {"main": 3.28, "medium": 2.92, "steps": 3.28}
"""Nats a token on the first 10,485,760 tokens for validation."""
TOKENS_PER_STEP = 524_288
"""Of track `steps`."""


class Retiming(Record):
    """Record 21, measured again."""

    minutes: float
    why: str


class TimedRecord(Record):
    """A record of track `main` or `medium`, on eight H100s."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    minutes: float
    technique: str
    date: Date | None = None
    """A model trained after it may know it. One was never dated."""
    steps: int | None = None
    """Of a published log, which may be of a variant."""
    pr: int | None = None
    from_minutes: float | None = Field(default=None, alias="from")
    """Of the start, where it was measured again for this record."""
    start: str = ""
    """Whose script it starts from, as `track.number`, where that is not the one before it."""
    excluded: str = ""
    """Why the step to this record is no task."""


class StepsRecord(Record):
    """A result of track `steps`: as few steps as reach the target."""

    date: Date
    steps: int
    loss: float
    """Mean over `n` runs."""
    n: int
    technique: str
    record: bool = False
    """No result before it had as few steps."""
    pr: int | None = None


class RecordsSince(Record):
    """`records_since.toml`"""

    retimed: Mapping[Date, Retiming]
    main: Mapping[int, TimedRecord]
    medium: Mapping[int, TimedRecord]
    steps: Mapping[int, StepsRecord]


@dataclass(frozen=True)
class Step:
    """From one record to another: a task, unless it is excluded."""

    track: str
    target: int
    start: str
    """As in `sources.toml`: track.number."""
    gap: float
    """What is to be saved: seconds, or training steps of track `steps`."""
    date: Date | None
    """Of the target: what a model's training cut-off is set against."""
    excluded: str = ""


@cache
def read_records_since() -> RecordsSince:
    return read_toml_record(TABLE, RecordsSince)


def timed_steps(track: str) -> tuple[Step, ...]:
    """Of track `main`, from 21 to 22 on, or of `medium`."""
    table = read_records_since()
    records = table.main if track == "main" else table.medium
    found = []
    for number, record in records.items():
        before = record.from_minutes or (records[number - 1].minutes if number - 1 in records else None)
        if before is None:
            continue
        start = record.start or f"{track}.{number - 1}"
        gap = 60 * (before - record.minutes)
        found.append(Step(track, number, start, gap, record.date, record.excluded))
    return tuple(found)


def counted_steps() -> tuple[Step, ...]:
    """Of track `steps`: from each record to the next; results that were none are left out."""
    records = [(number, each) for number, each in read_records_since().steps.items() if each.record]
    return tuple(
        Step("steps", number, f"steps.{before}", start.steps - each.steps, each.date)
        for (before, start), (number, each) in zip(records, records[1:], strict=False)
    )


def fraction_recovered(start: int, target: int, reached: int) -> float:
    """Of the steps between two records of track `steps`; above 1 where the target is beaten."""
    if start <= target:
        raise ValueError(f"the start's {start} steps are not more than the target's {target}")
    return (start - reached) / (start - target)
