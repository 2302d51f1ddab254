"""JSON out of what a model said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import Message
from agentkit.models.structured import json_in, with_instruction

SCHEMA = {"type": "object", "required": ["score"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"score": 1}', '{"score": 1}'),
        ("  [1, 2]\n", "[1, 2]"),
        ('Here:\n```json\n{"score": 1}\n```\nDone.', '{"score": 1}'),
        ('```\n{"score": 1}\n```', '{"score": 1}'),
        ('First {"draft": 0}, no: {"score": {"x": [1]}}. So be it.', '{"score": {"x": [1]}}'),
        ('I use {braces} and then {"score": "a } b"}', '{"score": "a } b"}'),
        ("no JSON {here", None),
        ("", None),
    ],
)
def test_where_json_is_found(text: str, found: str | None) -> None:
    assert json_in(text) == found


values = st.dictionaries(
    st.text(max_size=5),
    st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)),
    max_size=4,
)


@given(values, st.text("abc .,:\n", max_size=20), st.text("abc .,:\n", max_size=20), st.booleans())
def test_an_object_survives_whatever_prose_is_around_it(
    value: dict[str, Any], before: str, after: str, fenced: bool
) -> None:
    written = json.dumps(value, indent=2)
    text = f"{before}\n```json\n{written}\n```\n{after}" if fenced else before + written + after
    found = json_in(text)
    assert found is not None
    assert json.loads(found) == value


def test_the_wish_ends_the_last_user_message() -> None:
    asked = (Message(role="system", text="s"), Message(role="user", text="Score it."))
    system, user = with_instruction(asked, SCHEMA)
    assert system == asked[0]
    assert user.text.startswith("Score it.\n\n")
    assert user.text.endswith(json.dumps(SCHEMA))


def test_after_a_tool_result_the_wish_is_a_message_of_its_own() -> None:
    asked = (Message(role="tool", text="r", tool_call_id="c"),)
    assert [message.role for message in with_instruction(asked, SCHEMA)] == ["tool", "user"]
