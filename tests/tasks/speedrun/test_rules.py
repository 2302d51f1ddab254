"""The rules of a pocket task refuse what they do not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError


def test_defaults_and_mistakes(module: Callable[[str], Any]) -> None:
    rules = module("rules").PocketRules
    assert rules(target_loss=2.0).loss.vocabulary == 256
    for wrong in ({}, {"target_loss": 2.0, "tarin_seconds": 3}, {"target_loss": 2.0, "loss": {"windows": 1}}):
        with pytest.raises(ValidationError):
            rules.model_validate(wrong)
