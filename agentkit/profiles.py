"""Profiles of models: the `[models.NAME]` tables of agentkit.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from agentkit.contracts.record import WrittenRecord
from agentkit.errors import nearest


class ModelProfile(WrittenRecord):
    """A model under a name of the user's, and how it is called. What is not said is as in the settings.

    [models.local]
    model = "hosted_vllm/Qwen3-Coder"
    base_url = "http://gpu7:8000/v1"
    price_in = 0
    price_out = 0
    """

    model: str = Field(min_length=1)
    """As PROVIDER/NAME."""
    base_url: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    reasoning_effort: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    price_in: float | None = Field(default=None, ge=0)
    """Dollars a million input tokens."""
    price_out: float | None = Field(default=None, ge=0)
    context: int | None = Field(default=None, ge=1)
    """Tokens it takes, reply included."""
    key_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The environment variable with the key for this address; no other key is sent there."""


def profile_fault(error: ValidationError) -> tuple[str, str, str, str] | None:
    """(place, expected, found, hint) of a mistake in a profile; None if it is in another setting."""
    faults = [each for each in error.errors() if each["loc"][:1] == ("models",)]
    if not faults:
        return None
    # A key with a typing mistake is also a key that is missing: the mistake says more.
    fault = min(faults, key=lambda each: each["type"] == "missing")
    place = fault["loc"]
    return ".".join(map(str, place)), *described(fault, place)


def described(fault: ErrorDetails, place: Sequence[Any]) -> tuple[str, str, str]:
    if fault["type"] == "extra_forbidden":
        near = nearest(str(place[-1]), ModelProfile.model_fields, 1)
        known = f"one of the keys {', '.join(ModelProfile.model_fields)}"
        return known, f"'{place[-1]}'", f"Did you mean: {near[0]}?" if near else ""
    if fault["type"] == "missing":
        return 'a model, such as model = "openai/…"', "nothing", ""
    if place[-1] == "key_variable":  # somebody may have written the key itself, which is shown to nobody
        return "the name of an environment variable, never the key", "something else", ""
    if len(place) < 3 and not isinstance(fault["input"], Mapping):
        return "tables [models.NAME]", repr(fault["input"]), ""
    return (
        fault["msg"].removeprefix("Input should be ").removeprefix("Value error, "),
        repr(fault["input"]),
        "",
    )
