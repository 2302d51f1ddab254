import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.events import Event
from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, Usage
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import RunState
from agentkit.models.recorded import CachedModel, Diverged, ReplayModel
from agentkit.models.scripted import CallableModel


def request(text: str, digest: str, index: int = 0) -> ModelRequest:
    position = CallPosition(attempt="a1", operator="draft", nth=0, stage="plan", index=index)
    return ModelRequest(position=position, messages=(Message(role="user", text=text),), digest=digest)


def recorded(tmp_path: Path) -> ReplayModel:
    blobs = Blobs(tmp_path)
    prompt = blobs.put(b"[user]\nImprove the model.\nYou have ten attempts.")
    reply = {
        "key": "a1/plan/0",
        "digest": "same",
        "message": {"role": "assistant", "text": "Use Muon."},
        "usage": {"input_tokens": 9, "output_tokens": 4, "dollars": 0.5},
        "model": "someone",
    }
    state = RunState()
    asked = {"key": "a1/plan/0", "bound": {}, "prompt": prompt}
    for number, (kind, data) in enumerate([("asked", asked), ("reply", reply)]):
        state.apply(Event(number=number, time=0.0, kind=kind, attempt="a1", data=data))
    return ReplayModel("yesterday", state, blobs)


def test_the_same_request_is_answered_as_recorded_at_no_cost(tmp_path: Path) -> None:
    reply = asyncio.run(recorded(tmp_path).reply(request("anything", "same")))
    assert reply.message.text == "Use Muon."
    assert reply.usage == Usage(dollars=0.0)


def test_the_first_difference_is_shown(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match="first differs from yesterday at a1/plan/0") as caught:
        asyncio.run(recorded(tmp_path).reply(request("Improve the model.\nYou have nine attempts.", "other")))
    assert "-You have ten attempts." in caught.value.lines
    assert "+You have nine attempts." in caught.value.lines


def test_a_request_that_was_never_made_says_how_far_both_went(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match="was not asked at a1/plan/1; it holds 1 replies"):
        asyncio.run(recorded(tmp_path).reply(request("x", "same", index=1)))


def test_a_reply_is_asked_for_once_and_costs_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(each: ModelRequest) -> Reply:
        asked.append(each.digest)
        usage = Usage(input_tokens=5, output_tokens=1, dollars=0.25)
        return Reply(message=Message(role="assistant", text=f"to {each.digest}"), usage=usage)

    def reply(digest: str, settings: str = "") -> Reply:
        model = CachedModel(CallableModel("openai/x", answer), tmp_path, settings)
        return asyncio.run(model.reply(request("x", digest)))

    assert reply("one").usage.dollars == 0.25
    again = reply("one")
    assert (again.message.text, again.usage.dollars, again.usage.input_tokens) == ("to one", 0.0, 0)
    assert reply("two").message.text == "to two"
    reply("one", settings="temperature 0.5")
    assert asked == ["one", "two", "one"]


def test_a_kept_reply_that_cannot_be_read_is_asked_for_again(tmp_path: Path) -> None:
    model = CachedModel(
        CallableModel("openai/x", lambda _: Reply(message=Message(role="assistant", text="fresh"))), tmp_path
    )
    asyncio.run(model.reply(request("x", "one")))
    (path,) = tmp_path.rglob("*.json")
    path.write_text("{half")
    assert asyncio.run(model.reply(request("x", "one"))).message.text == "fresh"
