"""Published ends: figures and where they are from, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.contracts.published import PublishedEnds

ENDS: dict[str, Any] = {"start": 3, "target": 2.5, "source": " a paper ", "hardware": "eight H100"}


def test_they_survive_a_journal() -> None:
    ends = PublishedEnds.model_validate(ENDS)
    assert (ends.start, ends.source) == (3.0, "a paper")
    assert PublishedEnds.model_validate_json(ends.model_dump_json()) == ends


@pytest.mark.parametrize(
    "change", [{"start": float("nan")}, {"target": float("inf")}, {"source": " "}, {"hardware": ""}, {"n": 3}]
)
def test_a_figure_is_finite_and_has_its_source(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PublishedEnds.model_validate({**ENDS, **change})
