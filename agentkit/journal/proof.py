"""What a journal takes only with its proof: the claim of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit.contracts.confirmation import Confirmation
from agentkit.statistics.record_rule import judge

RECORD = "record"
NO_RECORD = "no_record"
"""The kinds of event that end a confirmation; their data is a `Confirmation`."""


def refuse_unproven(kind: str, data: Mapping[str, Any]) -> None:
    """Raises ValueError for a record whose measurements, judged here once more, do not make one."""
    if kind != RECORD:
        return
    confirmation = Confirmation.model_validate(data)
    verdict = judge(confirmation)
    if verdict is None or not verdict.record or verdict != confirmation.verdict:
        found = "they decide nothing yet" if verdict is None else verdict.reason
        raise ValueError(f"no record can be written that its measurements do not prove: {found}")
