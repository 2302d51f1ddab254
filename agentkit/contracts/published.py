"""Published ends of a task: figures that others measured, elsewhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from agentkit.contracts.record import Record

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class PublishedEnds(Record):
    """What the start and the target of a task were published to take. Their noise is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: float
    """In the unit of the task's metric, as `target`."""
    target: float
    source: Words
    """Where it can be looked up, such as "arXiv 2506.22419, table 3"."""
    hardware: Words
    """On which it was measured."""
