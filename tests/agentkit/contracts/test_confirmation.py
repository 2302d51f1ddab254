"""A design that would claim too often cannot be made."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agentkit.contracts.confirmation import Design, Look


def test_the_levels_may_not_add_up_to_more_than_alpha() -> None:
    with pytest.raises(ValidationError, match="more than alpha 0.01"):
        Design(alpha=0.01, looks=(Look(pairs=8, level=0.01), Look(pairs=16, level=0.01)))


def test_looks_come_one_after_the_other() -> None:
    with pytest.raises(ValidationError, match="after the one before"):
        Design(alpha=0.01, looks=(Look(pairs=8, level=0.005), Look(pairs=8, level=0.005)))
    with pytest.raises(ValidationError):
        Design(alpha=0.01, looks=())
