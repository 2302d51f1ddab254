from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion
from agentkit.judge.panel.reply import SCHEMA, JudgeReply, NoVote, read_reply
from tests.agentkit.judge.panel.scene import Asked, answer, leaf

LEAF = Criterion(id="a.b", text="It fits.")
MARKED = Criterion(id="a.b", text="It fits.", points=4)
GOOD: dict[str, Any] = {
    "leaf": "a.b",
    "nonce": "n0nce",
    "expectations": "A fit.",
    "reality": "A fit.",
    "citations": [{"path": "fit.py", "first_line": 1, "last_line": 2, "quote": "def fit"}],
    "absences": [{"globs": ["*.py"], "pattern": "loss"}],
    "score": 1,
    "confidence": "high",
}


def test_a_reply_of_the_form_is_read() -> None:
    reply, score = read_reply(json.dumps(GOOD), LEAF, "n0nce")
    assert score == 1.0
    span, absence = reply.all_citations
    assert (span.path, span.first_line, span.last_line, span.status) == ("fit.py", 1, 2, "claimed")
    assert (absence.globs, absence.pattern) == (("*.py",), "loss")


@pytest.mark.parametrize(
    ("leaf", "score", "share"), [(LEAF, 0, 0.0), (LEAF, None, None), (MARKED, 3, 0.75), (MARKED, 2.5, 0.625)]
)
def test_a_score_is_a_share_of_the_largest_mark(
    leaf: Criterion, score: float | None, share: float | None
) -> None:
    assert read_reply(json.dumps({**GOOD, "score": score}), leaf, "n0nce")[1] == share


@pytest.mark.parametrize(
    "changes",
    [
        {"leaf": "a.c"},
        {"nonce": "other"},
        {"score": 0.5},
        {"score": True},
        {"score": "1"},
        {"score": 2},
        {"score": -1},
        {"confidence": "sure"},
        {"verdict": "pass"},
        {"citations": "fit.py"},
        {"citations": [{"path": "fit.py", "first_line": "1", "last_line": 2, "quote": ""}]},
        {"absences": [{"globs": "*", "pattern": "x"}]},
        {"reality": "x" * 30_000},
    ],
)
def test_anything_else_is_no_vote(changes: dict[str, Any]) -> None:
    with pytest.raises(NoVote):
        read_reply(json.dumps({**GOOD, **changes}), LEAF, "n0nce")


@pytest.mark.parametrize("name", list(GOOD))
def test_every_field_is_needed(name: str) -> None:
    with pytest.raises(NoVote):
        read_reply(json.dumps({key: value for key, value in GOOD.items() if key != name}), LEAF, "n0nce")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I think it is met.",
        f"Here: {json.dumps(GOOD)}",
        json.dumps(GOOD)[:-1],
        json.dumps(GOOD)[:-1] + ', "score": 1}',
        json.dumps(GOOD).replace('"score": 1', '"score": NaN'),
        json.dumps(GOOD).replace('"score": 1', '"score": 1e999'),
        "[" * 100_000,
        "null",
    ],
)
def test_what_is_not_exactly_one_object_is_no_vote(text: str) -> None:
    with pytest.raises(NoVote):
        read_reply(text, LEAF, "n0nce")


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(NoVote):
        read_reply(text, LEAF, "n0nce")


def test_the_schema_asks_for_what_the_reader_takes() -> None:
    assert list(SCHEMA["properties"]) == list(JudgeReply.model_fields)
    assert SCHEMA["additionalProperties"] is False


def test_a_mark_beyond_its_range_is_no_vote() -> None:
    marked = leaf("fit_line", points=4)
    asked = Asked("fit_line", "abcdefgh", "", (), "", False)
    assert read_reply(answer(asked, 4), marked, "abcdefgh")[1] == 1.0
    for score in (4.5, -0.5):
        with pytest.raises(NoVote, match="between 0 and 4"):
            read_reply(answer(asked, score), marked, "abcdefgh")
