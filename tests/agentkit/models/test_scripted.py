"""Scripted models: the same reply at the same place, however often and in whatever order it is asked for."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply
from agentkit.errors import TranscriptEnded
from agentkit.models.scripted import FINISHED, CallableModel, ScriptedModel
from agentkit.models.transcript import Stage, Transcript

TRANSCRIPT = Transcript.model_validate(
    {
        "title": "Two drafts and a repair",
        "scaffold": "aide",
        "attempts": 3,
        "attempt": [
            {
                "operator": "draft",
                "reply": [
                    {"stage": "plan", "text": "first plan"},
                    {
                        "stage": "code",
                        "text": "a",
                        "call": [{"tool": "shell", "arguments": {"command": "ls"}}],
                    },
                    {"stage": "code", "call": [{"tool": "shell"}, {"tool": "submit"}]},
                ],
            },
            {"operator": "debug", "reply": [{"stage": "debug", "text": "the cause"}]},
            {
                "operator": "draft",
                "reply": [{"stage": "plan", "text": "second plan"}, {"stage": "review", "text": "good"}],
            },
        ],
    }
)


def at(operator: str, nth: int, stage: Any, index: int = 0, attempt: str = "a1") -> CallPosition:
    return CallPosition(attempt=attempt, operator=operator, nth=nth, stage=stage, index=index)


def ask(model: ScriptedModel | CallableModel, position: CallPosition, *messages: Message) -> Reply:
    return asyncio.run(model.reply(ModelRequest(position=position, messages=messages)))


def said(operator: str, nth: int, stage: str, index: int = 0) -> Message:
    return ask(ScriptedModel(TRANSCRIPT), at(operator, nth, stage, index)).message


def test_replies_are_found_by_operator_and_order() -> None:
    assert said("draft", 0, "plan").text == "first plan"
    assert said("draft", 1, "plan").text == "second plan"
    assert said("debug", 0, "debug").text == "the cause"
    first, second = said("draft", 0, "code", 0), said("draft", 0, "code", 1)
    assert (first.text, first.tool_calls[0].name, first.tool_calls[0].arguments) == (
        "a",
        "shell",
        {"command": "ls"},
    )
    assert [call.name for call in second.tool_calls] == ["shell", "submit"]
    ids = [call.id for call in (*first.tool_calls, *second.tool_calls)]
    assert len(set(ids)) == 3


def test_code_that_runs_out_is_submitted() -> None:
    message = said("draft", 0, "code", 2)
    assert message.text == FINISHED
    assert [call.name for call in message.tool_calls] == ["submit"]


def test_a_review_may_be_left_out() -> None:
    assert said("draft", 1, "review").text == "good"
    assert "no review" in said("draft", 0, "review").text


@pytest.mark.parametrize(
    "position",
    [at("draft", 2, "plan"), at("crossover", 0, "plan"), at("debug", 0, "code"), at("draft", 0, "judge")],
)
def test_what_nobody_wrote_is_never_made_up(position: CallPosition) -> None:
    with pytest.raises(TranscriptEnded) as caught:
        ask(ScriptedModel(TRANSCRIPT, "scripted/demo"), position)
    told = str(caught.value)
    assert told.startswith("scripted/demo has no reply for the ")
    assert f"'{position.operator}' attempt (a1), stage {position.stage}, reply 1." in told
    assert "2 × draft, 1 × debug" in told
    assert "--model openai/…" in told


positions = st.builds(
    at,
    st.sampled_from(["draft", "debug", "improve"]),
    st.integers(0, 3),
    st.sampled_from(get_args(Stage)),
    st.integers(0, 4),
    st.sampled_from(["a1", "a2"]),
)


def outcome(model: ScriptedModel, position: CallPosition) -> str:
    try:
        return model.message(position).model_dump_json()
    except TranscriptEnded as ended:
        return str(ended)


@given(st.lists(positions, max_size=12), st.randoms(use_true_random=False))
def test_a_reply_depends_on_nothing_but_its_position(asked: list[CallPosition], order: random.Random) -> None:
    model = ScriptedModel(TRANSCRIPT)
    before = {position.model_dump_json(): outcome(model, position) for position in asked}
    order.shuffle(asked)
    for position in asked:
        resumed = ScriptedModel(TRANSCRIPT)
        assert outcome(model, position) == outcome(resumed, position) == before[position.model_dump_json()]


def test_usage_is_estimated_and_free() -> None:
    model = ScriptedModel(TRANSCRIPT)
    question = Message(role="user", text="x" * 40)
    usage = ask(model, at("draft", 0, "plan"), question).usage
    assert (usage.input_tokens, usage.output_tokens, usage.dollars) == (10, 3, 0.0)
    grown = ask(model, at("draft", 0, "plan"), question, Message(role="tool", text="y" * 20)).usage
    other = ask(model, at("draft", 0, "plan"), Message(role="user", text="z" * 8)).usage
    assert (grown.input_tokens, other.input_tokens) == (15, 2)


def test_a_reply_takes_as_long_as_it_is_told() -> None:
    began = time.monotonic()
    assert ask(ScriptedModel(TRANSCRIPT, latency_seconds=0.1), at("draft", 0, "plan")).seconds == 0.1
    assert time.monotonic() - began >= 0.1


def test_a_callable_model_says_what_its_function_says() -> None:
    def answer(request: ModelRequest) -> Reply:
        return Reply(
            message=Message(role="assistant", text=f"{request.position.key}: {len(request.messages)}")
        )

    model = CallableModel("test/echo", answer, offers_tools=False)
    assert (model.name, model.offers_tools) == ("test/echo", False)
    assert (
        ask(model, at("draft", 0, "code", 3), Message(role="user", text="?")).message.text == "a1/code/3: 1"
    )
