"""What every client of a live model does, over real HTTP: each test runs with litellm and without."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.contracts.messages import (
    CallPosition,
    Image,
    Message,
    ModelRequest,
    Reply,
    ToolCall,
    ToolOffer,
    Usage,
)
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import MissingRequirement, ModelProblem
from agentkit.models.bounds import lost_of, usage_of
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


def test_a_plain_reply_with_its_usage(server: Any, live: Any, ask: Any) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "total_tokens": 130,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    server.says("hello", usage=usage)
    reply = ask(live())
    assert reply.message == Message(role="assistant", text="hello")
    assert reply.usage.model_dump() == {
        "input_tokens": 100,
        "output_tokens": 30,
        "cached_tokens": 64,
        "reasoning_tokens": 20,
        "dollars": None,  # nobody knows what `tiny` costs
        "upper_bound": False,
    }
    assert reply.model == "tiny-2026"
    assert reply.finish_reason == "stop"
    assert 0 < reply.seconds < 20
    assert server.requests[0]["model"] == "tiny"
    assert server.requests[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]


def test_a_known_model_has_a_price_whatever_name_the_server_echoes(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    cost = ask(live("openai/gpt-4o")).usage.dollars
    assert cost is not None
    assert 0 < cost < 0.01


def test_tool_calls_go_out_and_come_back(server: Any, live: Any, ask: Any) -> None:
    server.says(None, calls=[("c1", "shell", '{"command": "ls"}'), ("c2", "shell", '{"command": "pwd"}')])
    reply = ask(live(), tools=(SHELL,))
    assert reply.message.tool_calls == (
        ToolCall(id="c1", name="shell", arguments={"command": "ls"}),
        ToolCall(id="c2", name="shell", arguments={"command": "pwd"}),
    )
    assert reply.finish_reason == "tool_calls"
    assert server.requests[0]["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "shell",
                "description": "Run a command.",
                "parameters": dict(SHELL.parameters),
            },
        }
    ]


def test_a_conversation_with_calls_and_results_is_sent_whole(server: Any, live: Any, ask: Any) -> None:
    server.says("done")
    broken = ToolCall(id="c2", name="shell", malformed='{"command": "l')
    said = (
        Message(role="user", text="Look around."),
        Message(
            role="assistant",
            tool_calls=(ToolCall(id="c1", name="shell", arguments={"command": "ls"}), broken),
        ),
        Message(role="tool", text="train.py", tool_call_id="c1"),
        Message(role="tool", text="", tool_call_id="c2"),
    )
    ask(live(), messages=said, tools=(SHELL,))
    user, assistant, first, second = server.requests[0]["messages"]
    assert user == {"role": "user", "content": "Look around."}
    sent = [call["function"]["arguments"] for call in assistant["tool_calls"]]
    assert sent == ['{"command": "ls"}', '{"malformed_arguments": "{\\"command\\": \\"l"}']
    assert first == {"role": "tool", "tool_call_id": "c1", "content": "train.py"}
    assert second["content"], "an empty content is refused by some providers"


def test_malformed_arguments_are_kept_for_the_coder_to_answer(server: Any, live: Any, ask: Any) -> None:
    server.says(
        None, calls=[("c1", "shell", '{"command": "ls'), ("c2", "shell", "[1]"), ("c3", "submit", "")]
    )
    cut, array, empty = ask(live(), tools=(SHELL,)).message.tool_calls
    assert (cut.malformed, cut.arguments) == ('{"command": "ls', {})
    assert array.malformed == "[1]"
    assert (empty.malformed, empty.arguments) == ("", {})


def test_settings_go_out_where_the_model_takes_them(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    ask(live(temperature=0.2, max_tokens=50), max_tokens=40)
    assert server.requests[0]["temperature"] == 0.2
    assert 40 in (server.requests[0].get("max_tokens"), server.requests[0].get("max_completion_tokens"))


def test_settings_stay_home_where_it_does_not(server: Any, live: Any, ask: Any) -> None:
    server.says("hello")
    ask(live("openai/gpt-4o", reasoning_effort="high"))
    ask(live("openai/o3", reasoning_effort="high", temperature=0.3))
    plain, reasoning = server.requests
    assert "reasoning_effort" not in plain
    assert reasoning["reasoning_effort"] == "high"
    assert "temperature" not in reasoning


def test_a_schema_is_enforced_where_it_can_be(server: Any, live: Any, ask: Any) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    server.says('{"score": 1}')
    assert ask(live("openai/gpt-4o"), reply_schema=schema).message.text == '{"score": 1}'
    sent = server.requests[0]
    assert sent["response_format"]["json_schema"]["schema"] == schema
    assert "schema" not in sent["messages"][-1]["content"]


def test_a_schema_is_asked_for_in_words_elsewhere(server: Any, live: Any, ask: Any) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    server.says('Sure:\n```json\n{"score": 1}\n```\n')
    assert ask(live(), reply_schema=schema).message.text == '{"score": 1}'
    sent = server.requests[0]
    assert "response_format" not in sent
    assert '"score"' in sent["messages"][-1]["content"]


def test_the_key_of_the_environment_is_used(
    server: Any, monkeypatch: pytest.MonkeyPatch, live: Any, ask: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-mine")
    server.says("hello")
    ask(live())
    assert server.keys == ["Bearer secret-of-mine"]


def test_many_calls_at_once(server: Any, live: Any) -> None:
    server.says("hello")

    async def all_of_them() -> list[Reply]:
        model = live()
        position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
        request = ModelRequest(position=position, messages=(Message(role="user", text="Hi"),))
        return list(await asyncio.gather(*(model.reply(request) for _ in range(20))))

    assert {reply.message.text for reply in asyncio.run(all_of_them())} == {"hello"}
    assert len(server.requests) == 20


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
    lost = lost_of(reply)
    assert lost is not None
    assert (lost.output_tokens, lost.upper_bound) == (50, True)
    assert lost_of(ask(live())) is None


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


def test_a_refusal_has_a_price_too(server: Any, live: Any, ask: Any) -> None:
    server.streams(piece(refusal="I will not."), piece(finish="stop"), counted(9, 4), "[DONE]")
    with pytest.raises(ModelProblem, match="refused the content") as caught:
        ask(live())
    assert "I will not." in str(caught.value)
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
