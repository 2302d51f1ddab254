"""Event: one record of a journal, and the observers that are told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from agentkit.contracts.record import Record


class Event(Record):
    """What happened. `number` counts from 0 within a run; `data` depends on `kind`."""

    number: int
    time: float
    """Seconds since the epoch."""
    kind: str
    attempt: str = ""
    data: Mapping[str, Any] = Field(default_factory=dict)


Observer = Callable[[Event], None]
"""Told of every event after it is on disk, and of passing ones (`number` -1: progress, never stored)."""
