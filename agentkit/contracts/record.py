"""The one kind of value that flows between parts: immutable, and strict about its fields."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, field_validator


class Record(BaseModel):
    """A frozen pydantic model; an unknown field is an error, because it is a typing mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenRecord(Record):
    """What a person writes as settings: none is true or false, which would else pass for 1 or 0."""

    @field_validator("*", mode="before")
    @classmethod
    def refuse_truth(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("no setting is true or false")
        return value
