"""A bound is never too low."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.contracts.messages import (
    CallPosition,
    Image,
    Message,
    ModelRequest,
    ToolCall,
    ToolOffer,
    Usage,
)
from agentkit.contracts.model import Price
from agentkit.errors import ModelProblem
from agentkit.models.bounds import (
    LONGEST_REPLY,
    most_input_tokens,
    most_of,
    usage_of,
    with_usage,
)
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.streaming import Assembly

POSITION = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
PRICE = Price(input=1.0, output=2.0)


def request(*messages: Message, tools: tuple[ToolOffer, ...] = ()) -> ModelRequest:
    return ModelRequest(position=POSITION, messages=messages, tools=tools)


@settings(deadline=None)
@given(st.lists(st.text(max_size=200), max_size=4))
def test_no_text_has_more_tokens_than_its_bound(texts: list[str]) -> None:
    """By a tokenizer of the field, which counts byte by byte where it knows nothing."""
    counter = load_litellm().encoding  # which ships one, so that nothing is fetched
    asked = request(*(Message(role="user", text=text) for text in texts))
    counted = sum(len(counter.encode(text, disallowed_special=())) + 4 for text in texts)
    assert most_input_tokens(asked) >= counted


def test_everything_that_is_sent_counts() -> None:
    plain = most_input_tokens(request(Message(role="user", text="Hi")))
    call = ToolCall(id="c", name="shell", arguments={"command": "x" * 100})
    image = Image(media_type="image/png", data="aGk=")
    assert most_input_tokens(request(Message(role="user", text="Hi", tool_calls=(call,)))) >= plain + 100
    assert most_input_tokens(request(Message(role="user", text="Hi", images=(image,)))) >= plain + 2_000
    assert most_input_tokens(request(Message(role="user", text="Hi", opaque={"x": "y" * 100}))) >= plain + 100
    tool = ToolOffer(name="shell", description="d" * 100, parameters={"p": "q" * 100})
    assert most_input_tokens(request(Message(role="user", text="Hi"), tools=(tool,))) >= plain + 200
    schema = request(Message(role="user", text="Hi")).model_copy(update={"reply_schema": {"s": "t" * 100}})
    assert most_input_tokens(schema) >= plain + 100


def reply_of(text: str, finish: str | None) -> Assembly:
    reply = Assembly()
    reply.add({"choices": [{"delta": {"content": text}, "finish_reason": finish}]})
    return reply


def test_a_cut_reply_may_have_been_as_long_as_it_was_allowed() -> None:
    asked = request(Message(role="user", text="Hi"))
    assert most_of(asked, PRICE, 50, reply_of("hello", None)).output_tokens == 50
    assert most_of(asked, PRICE, 50).output_tokens == 50
    assert most_of(asked, PRICE, None).output_tokens == LONGEST_REPLY
    long = reply_of("x" * 100_000, None)
    assert most_of(asked, PRICE, None, long).output_tokens == 100_000


def test_a_whole_reply_was_no_longer_than_its_bytes() -> None:
    asked = request(Message(role="user", text="Hi"))
    usage = most_of(asked, PRICE, 50, reply_of("é", "stop"))
    assert (usage.output_tokens, usage.upper_bound) == (2, True)
    assert usage.dollars == (usage.input_tokens + 2 * 2.0) / 1e6
    assert most_of(asked, None, 50).dollars is None


def test_costs_ride_on_errors() -> None:
    usage = Usage(input_tokens=3)
    assert usage_of(with_usage(ModelProblem("no"), usage)) == usage
    assert usage_of(ModelProblem("no")) is None
