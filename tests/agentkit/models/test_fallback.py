"""When a model cannot answer, the next one is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import ContextOverflow, ModelProblem, TranscriptEnded
from agentkit.models.bounds import usage_of, with_usage
from agentkit.models.fallback import FallbackModel
from agentkit.models.scripted import CallableModel

LOST = Usage(input_tokens=5, upper_bound=True)


def model(name: str, problem: ModelProblem | None = None, **settings: Any) -> tuple[CallableModel, list[int]]:
    """Answers with its name, or fails; and the list grows by one with every call."""
    calls: list[int] = []

    def answer(_: ModelRequest) -> Reply:
        calls.append(1)
        if problem is not None:
            raise problem
        return Reply(message=Message(role="assistant", text=name), model=name)

    return CallableModel(name, answer, **settings), calls


Ask = Callable[..., Reply]


def test_the_first_that_can_answer_does(ask: Ask) -> None:
    first, tried = model("a", with_usage(ModelProblem("down"), LOST))
    second, _ = model("b")
    third, unused = model("c")
    several = FallbackModel([first, second, third])
    reply = ask(several)
    assert (several.name, reply.model) == ("a", "b")
    assert reply.lost == LOST
    assert (len(tried), len(unused)) == (1, 0)


def test_one_that_failed_rests_a_while_but_is_asked_before_giving_up(ask: Ask) -> None:
    first, tried = model("a", ModelProblem("down"))
    second, _ = model("b")
    several = FallbackModel([first, second])
    for _ in range(3):
        assert ask(several).model == "b"
    assert len(tried) == 1
    awake = FallbackModel([first, second], rest_seconds=0.0)
    ask(awake)
    ask(awake)
    assert len(tried) == 3


def test_where_none_can_the_last_problem_tells_and_all_are_paid(ask: Ask) -> None:
    first, _ = model("a", with_usage(ModelProblem("a is down"), LOST))
    second, _ = model("b", with_usage(ModelProblem("b is down"), LOST))
    with pytest.raises(ModelProblem, match="b is down") as caught:
        ask(FallbackModel([first, second]))
    assert usage_of(caught.value) == Usage(input_tokens=10, upper_bound=True)


@pytest.mark.parametrize("kind", [TranscriptEnded, ContextOverflow])
def test_what_is_about_the_conversation_is_not_asked_again(kind: type[ModelProblem], ask: Ask) -> None:
    first, _ = model("a", kind("no"))
    second, unused = model("b")
    with pytest.raises(kind):
        ask(FallbackModel([first, second]))
    assert unused == []


def test_an_answers_own_losses_are_added() -> None:
    first, _ = model("a", with_usage(ModelProblem("down"), LOST))
    second = CallableModel("b", lambda _: Reply(message=Message(role="assistant"), lost=LOST))
    request = ModelRequest.model_construct(messages=())
    reply = asyncio.run(FallbackModel([first, second]).reply(request))
    assert reply.lost == Usage(input_tokens=10, upper_bound=True)


def test_tools_only_where_all_have_them() -> None:
    able, _ = model("a")
    unable, _ = model("b", offers_tools=False)
    assert FallbackModel([able]).offers_tools
    assert not FallbackModel([able, unable]).offers_tools


def test_the_card_holds_for_whoever_answers() -> None:
    first, second = model("a")[0], model("b")[0]
    cheap = Price(input=1.0, output=9.0, source="x")
    dear = Price(input=2.0, output=3.0, source="y")
    vars(first)["card"] = ModelCard(context_tokens=100, output_tokens=10, price=cheap)
    vars(second)["card"] = ModelCard(context_tokens=50, output_tokens=20, price=dear)
    card = FallbackModel([first, second]).card
    assert (card.context_tokens, card.output_tokens) == (50, 20)
    assert card.price == Price(input=2.0, output=9.0, source="x; y")
    vars(second)["card"] = ModelCard()
    unknown = FallbackModel([first, second]).card
    assert (unknown.price, unknown.output_tokens, unknown.context_tokens) == (None, None, 100)
