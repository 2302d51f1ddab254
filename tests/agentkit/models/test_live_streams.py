"""Streams that break, what they cost, and what a server refuses; with litellm and without."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.contracts.messages import (
    Image,
    Message,
    ToolCall,
    ToolOffer,
    Usage,
)
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import MissingRequirement, ModelProblem
from agentkit.models.bounds import usage_of
from agentkit.models.patience import Patience

SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
PICTURE = Image(media_type="image/png", data="aGVsbG8=")
URL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
CHEAP = ModelCard(price=Price(input=1.0, output=10.0, cached_input=0.1, source="the user"))


def piece(text: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One event of a stream."""
    delta |= {"content": text} if text is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "r", "created": 1, "object": "chat.completion.chunk", "model": "tiny", "choices": [choice]}


def counted(input_tokens: int, output_tokens: int) -> dict[str, Any]:
    total = input_tokens + output_tokens
    usage = {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": total}
    return {**piece(), "choices": [], "usage": usage}


def test_a_reply_is_streamed_and_its_usage_asked_for(server: Any, live: Any, ask: Any) -> None:
    server.streams(
        piece(role="assistant", content=""), piece("hel"), piece("lo", "stop"), counted(7, 2), "[DONE]"
    )
    reply = ask(live())
    assert (reply.message.text, reply.usage.input_tokens, reply.usage.output_tokens) == ("hello", 7, 2)
    sent = server.requests[0]
    assert (sent["stream"], sent["stream_options"]) == (True, {"include_usage": True})


def test_parallel_calls_that_stream_interleaved_are_put_together(server: Any, live: Any, ask: Any) -> None:
    def part(index: int, text: str, **begin: Any) -> dict[str, Any]:
        call = {"index": index, **begin, "function": {"arguments": text}}
        if begin:
            call["function"]["name"] = "shell"
        return piece(tool_calls=[call])

    server.streams(
        part(0, "", id="a", type="function"),
        part(1, '{"command"', id="b", type="function"),
        part(0, '{"command": '),
        part(1, ': "pwd"}'),
        part(0, '"ls"}'),
        piece(finish="tool_calls"),
        counted(1, 1),
        "[DONE]",
    )
    first, second = ask(live(), tools=(SHELL,)).message.tool_calls
    assert (first.id, first.arguments) == ("a", {"command": "ls"})
    assert (second.id, second.arguments) == ("b", {"command": "pwd"})


def test_silence_within_a_stream_ends_the_try(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("half of it"), stall=True)
    server.says("whole")
    reply = ask(live(stall_seconds=0.5))
    assert reply.message.text == "whole"
    assert reply.seconds < 10
    assert len(server.requests) == 2


def test_a_stream_that_breaks_off_is_no_reply(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("half of it"), cut=True)
    server.streams(piece("half of it"))  # an end like any other, but the model has not said that it stopped
    server.says("whole")
    assert ask(live()).message.text == "whole"
    assert len(server.requests) == 3


def test_what_a_broken_call_may_have_cost_is_bounded(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("half of it"), cut=True)
    model = live(card=CHEAP, patience=Patience(tries=2, cut_tries=2, first_wait=0.01))
    with pytest.raises(ModelProblem) as caught:
        ask(model, max_tokens=50)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.upper_bound
    assert usage.output_tokens == 2 * 50, "two tries, each as long as allowed"
    text = len("Be brief.") + len("Hi")
    assert 2 * text <= usage.input_tokens <= 2 * (text + 200)
    assert usage.dollars == pytest.approx((usage.input_tokens + 10 * usage.output_tokens) / 1e6)


def test_an_answer_has_its_own_usage_and_what_was_lost_before_it(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("half of it"), cut=True)
    server.says("whole")
    reply = ask(live(), max_tokens=50)
    assert reply.usage == Usage(input_tokens=10, output_tokens=3)
    lost = reply.lost
    assert lost is not None
    assert (lost.output_tokens, lost.upper_bound) == (50, True)
    assert ask(live()).lost is None


def test_a_refused_call_costs_nothing(server: Any, live: Any, ask: Any) -> None:
    server.fails(401, "bad key")
    with pytest.raises(ModelProblem) as caught:
        ask(live())
    assert usage_of(caught.value) is None


def test_a_whole_reply_without_counts_has_an_upper_bound(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("hello", "stop"), "[DONE]")
    usage = ask(live(card=CHEAP)).usage
    assert usage.upper_bound
    assert usage.output_tokens == len("hello")
    assert usage.input_tokens >= len("Be brief.Hi")
    assert usage.dollars


def test_dollars_are_the_users_price_times_the_providers_counts(server: Any, live: Any, ask: Any) -> None:
    details = {"cached_tokens": 600_000}
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 100_000, "total_tokens": 1_100_000}
    server.says("hello", usage={**usage, "prompt_tokens_details": details})
    assert ask(live(card=CHEAP)).usage.dollars == pytest.approx(0.4 * 1.0 + 0.6 * 0.1 + 0.1 * 10.0)


def test_what_the_provider_says_it_charged_counts(server: Any, live: Any, ask: Any) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13, "cost": 0.125}
    server.says("hello", usage=usage)
    assert ask(live(card=CHEAP)).usage.dollars == 0.125


def test_a_setting_that_the_server_refuses_is_left_out_from_then_on(server: Any, live: Any, ask: Any) -> None:
    server.fails(400, "Unsupported value: 'temperature' does not support 0.3 with this model.")
    server.says("hello")
    model = live(temperature=0.3)
    assert ask(model).message.text == "hello"
    ask(model)
    assert ["temperature" in each for each in server.requests] == [True, False, False]


def test_a_limit_is_renamed_where_the_server_wants_its_other_name(server: Any, live: Any, ask: Any) -> None:
    server.fails(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    server.says("hello")
    ask(live(max_tokens=50))
    assert server.requests[1]["max_completion_tokens"] == 50
    assert "max_tokens" not in server.requests[1]


def test_a_schema_that_the_server_refuses_is_asked_for_in_words(server: Any, live: Any, ask: Any) -> None:
    server.fails(400, "response_format is not supported")
    server.says('I think:\n{"score": 1}')
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    assert ask(live("openai/gpt-4o"), reply_schema=schema).message.text == '{"score": 1}'
    assert "response_format" not in server.requests[1]
    assert '"score"' in server.requests[1]["messages"][-1]["content"]


def shown() -> tuple[Message, ...]:
    calls = tuple(ToolCall(id=f"c{number}", name="shell") for number in (1, 2))
    return (
        Message(role="user", text="Look."),
        Message(role="assistant", tool_calls=calls),
        Message(role="tool", text="a plot", tool_call_id="c1", images=(PICTURE,)),
        Message(role="tool", text="a word", tool_call_id="c2"),
    )


def test_pictures_of_tool_results_follow_all_of_them(server: Any, live: Any, ask: Any) -> None:
    server.says("I see")
    ask(live(), messages=shown(), tools=(SHELL,))
    *_, first, second, picture = server.requests[0]["messages"]
    assert [first["content"], second["content"]] == ["a plot", "a word"]
    assert picture["role"] == "user"
    assert URL in picture["content"]


def test_a_model_that_sees_nothing_is_told_of_the_picture(server: Any, live: Any, ask: Any) -> None:
    server.fails(400, "this model does not support image input")
    server.says("I do not see")
    ask(live(), messages=shown(), tools=(SHELL,))
    *_, first, second = server.requests[1]["messages"]
    assert "cannot see" in first["content"]
    assert second["content"] == "a word"


def test_reasoning_goes_back_to_the_model_that_wrote_it_only(server: Any, live: Any, ask: Any) -> None:
    server.streams(
        piece(reasoning_content="I "), piece(reasoning_content="think"), piece("so", "stop"), "[DONE]"
    )
    said = ask(live()).message
    assert said.text == "so"
    again = (Message(role="user", text="Hi"), said, Message(role="user", text="Go on"))
    for name in ("openai/tiny", "openai/other"):
        ask(live(name), messages=again)
    kept = [each["messages"][1].get("reasoning_content") for each in server.requests[1:]]
    assert kept == ["I think", None]


def test_a_withheld_reply_has_a_price_too(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece(finish="content_filter"), counted(9, 4), "[DONE]")
    with pytest.raises(ModelProblem, match="refused the content") as caught:
        ask(live())
    assert usage_of(caught.value) == Usage(input_tokens=9, output_tokens=4)


def test_a_named_key_is_the_only_one_that_is_sent(
    server: Any, monkeypatch: pytest.MonkeyPatch, live: Any, ask: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for-openai-only")
    monkeypatch.setenv("MY_GATEWAY_KEY", "for-the-gateway")
    server.says("hello")
    ask(live(key_variable="MY_GATEWAY_KEY"))
    assert server.keys == ["Bearer for-the-gateway"]
    with pytest.raises(MissingRequirement, match="OTHER_KEY"):
        ask(live(key_variable="OTHER_KEY"))
    assert len(server.requests) == 1


def test_a_call_lasts_no_longer_than_the_run_has_time_left(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece("half of it"), stall=True)
    model = live()
    with pytest.raises(ModelProblem) as caught:
        ask(model, seconds_left=0.6)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.upper_bound
    assert len(server.requests) == 1
