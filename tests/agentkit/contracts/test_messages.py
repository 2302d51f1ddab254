import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agentkit.contracts.messages import CallPosition, Image, Message, ToolCall

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
texts = st.text(max_size=8)
calls = st.builds(
    ToolCall, id=texts, name=texts, arguments=st.dictionaries(texts, values, max_size=3), malformed=texts
)
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    text=texts,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    tool_call_id=st.none() | texts,
    images=st.lists(st.builds(Image, media_type=st.just("image/png"), data=texts), max_size=1).map(tuple),
    opaque=st.dictionaries(texts, values, max_size=2),
)


@given(messages)
def test_a_message_comes_back_from_the_journal_as_it_was(message: Message) -> None:
    line = json.dumps(message.model_dump(mode="json", exclude_defaults=True))
    assert Message.model_validate(json.loads(line)) == message


def position(**changes: Any) -> CallPosition:
    values = {"attempt": "a1", "operator": "draft", "nth": 0, "stage": "code", "index": 0, **changes}
    return CallPosition.model_validate(values)


def test_a_position_is_its_attempt_stage_and_index() -> None:
    assert position().key == "a1/code/0"
    different = [position(attempt="a2"), position(stage="plan"), position(index=1)]
    assert len({each.key for each in [position(), *different]}) == 4


@pytest.mark.parametrize(
    ("field", "value"), [("role", "robot"), ("txt", "hello"), ("tool_calls", ({"name": "no id"},))]
)
def test_what_is_no_message_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Message.model_validate({"role": "user", field: value})


def test_a_picture_of_a_kind_that_models_do_not_take_is_refused() -> None:
    with pytest.raises(ValidationError, match="media_type"):
        Image.model_validate({"media_type": "image/tiff", "data": ""})
