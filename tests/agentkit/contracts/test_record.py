from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.contracts.record import Record, WrittenRecord


class Written(WrittenRecord):
    count: int = 1
    share: float | None = None
    name: str = ""


class Found(Record):
    count: int = 1
    done: bool = False


@pytest.mark.parametrize("key", ["count", "share", "name"])
@pytest.mark.parametrize("truth", [True, False])
def test_true_and_false_are_no_setting(key: str, truth: bool) -> None:
    with pytest.raises(ValidationError, match="no setting is true or false"):
        Written.model_validate({key: truth})


def test_every_other_value_of_a_setting_is_as_written() -> None:
    assert Written.model_validate({"count": 1, "share": None, "name": "true"}) == Written(name="true")


def test_a_record_that_nobody_writes_by_hand_may_hold_truth() -> None:
    assert Found.model_validate({"done": True}).done


@pytest.mark.parametrize("kind", [Found, Written])
def test_a_record_knows_its_fields_and_does_not_change(kind: type[Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind.model_validate({"cuont": 2})
    with pytest.raises(ValidationError, match="frozen"):
        kind().count = 2
