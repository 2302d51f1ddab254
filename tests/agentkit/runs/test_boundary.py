from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentkit.contracts.events import Event
from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolCall, Usage
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import ModelProblem
from agentkit.journal.redaction import Redactor
from agentkit.runs.boundary import (
    GuardedEvaluator,
    GuardedModel,
    clean_errors,
    guarded_observer,
    redactor_for,
)
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.settings import Settings

SECRET = "k9-Zq7Wv3Xs5Ec1Rf8Tg"
REDACTOR = Redactor({"A_KEY": SECRET})
REQUEST = ModelRequest(
    messages=(Message(role="user", text="hello"),),
    position=CallPosition(attempt="a1", operator="draft", nth=0, stage="plan", index=0),
)


class Parrot:
    """Says one thing, or fails with it."""

    name = "scripted/parrot"
    offers_tools = True
    card = "a card"

    def __init__(self, text: str, fails: bool = False) -> None:
        self.text = text
        self.fails = fails

    async def reply(self, request: ModelRequest) -> Reply:
        if self.fails:
            try:
                raise OSError(f"refused {self.text}")
            except OSError as error:
                raise ModelProblem(f"no: {self.text}", f"Said: {self.text}") from error
        call = ToolCall(id="1", name="shell", arguments={"command": f"echo {self.text}", "n": 3})
        message = Message(role="assistant", text=f"key: {self.text}", tool_calls=(call,))
        return Reply(message=message, usage=Usage(input_tokens=5, output_tokens=6))


def test_a_reply_is_redacted_before_it_is_used() -> None:
    model = GuardedModel(Parrot(SECRET), REDACTOR)
    reply = asyncio.run(model.reply(REQUEST))
    assert reply.message.text == "key: [redacted:A_KEY]"
    assert reply.message.tool_calls[0].arguments == {"command": "echo [redacted:A_KEY]", "n": 3}
    assert reply.usage.input_tokens == 5
    assert (model.name, model.offers_tools, model.card) == ("scripted/parrot", True, "a card")


def test_other_replies_are_as_they_were() -> None:
    plain = asyncio.run(Parrot("hello").reply(REQUEST))
    assert asyncio.run(GuardedModel(Parrot("hello"), REDACTOR).reply(REQUEST)) == plain


def test_an_error_keeps_its_kind_and_loses_its_secrets_as_do_its_causes() -> None:
    with pytest.raises(ModelProblem) as caught:
        asyncio.run(GuardedModel(Parrot(SECRET, fails=True), REDACTOR).reply(REQUEST))
    assert str(caught.value) == "no: [redacted:A_KEY]\n  Said: [redacted:A_KEY]"
    assert str(caught.value.__cause__) == "refused [redacted:A_KEY]"


class Worded(Exception):
    """As litellm's: what it prints is an attribute."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


def test_errors_that_print_an_attribute_and_groups_are_cleaned_too() -> None:
    with pytest.raises(ExceptionGroup) as caught, clean_errors(REDACTOR):
        raise ExceptionGroup("two", [Worded(SECRET), ValueError(SECRET)])
    assert [str(each) for each in caught.value.exceptions] == ["[redacted:A_KEY]", "[redacted:A_KEY]"]


class Revealing:
    """An evaluator whose log has a key."""

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        raise ValueError(f"cannot load with {SECRET}")

    async def evaluate(self, candidate: Candidate) -> Outcome:
        return Outcome(status="valid", metrics={"score": 2.5}, log=f"token={SECRET}", trust="verified")


def test_an_evaluator_is_guarded_alike(tmp_path: Path) -> None:
    guarded = GuardedEvaluator(Revealing(), REDACTOR)
    jobs = FolderJobs(tmp_path / "jobs", LocalSandbox())
    candidate = Candidate(tmp_path, LocalSandbox(), 0, tmp_path, jobs=jobs)
    outcome = asyncio.run(guarded.evaluate(candidate))
    assert (outcome.log, outcome.metrics, outcome.trust) == (
        "token=[redacted:A_KEY]",
        {"score": 2.5},
        "verified",
    )
    assert guarded.lacks() == ()
    with pytest.raises(ValueError, match=r"^cannot load with \[redacted:A_KEY\]$"):
        guarded.prepare(tmp_path)


def test_observers_are_told_of_passing_events_without_secrets() -> None:
    told: list[Event] = []
    observer = guarded_observer(told.append, REDACTOR)
    stored = Event(number=4, time=0.0, kind="note", data={"text": "hi"})
    observer(Event(number=-1, time=0.0, kind="output", data={"text": f"x {SECRET}", "n": 1}))
    observer(stored)
    assert told[0].data == {"text": "x [redacted:A_KEY]", "n": 1}
    assert told[1] is stored


def test_secrets_of_the_settings_and_of_the_environment_are_known() -> None:
    settings = Settings(
        base_url="http://ann:open-sesame-1@host/v1",
        scaffold_settings={"service_token": "tok-0123456789", "max_tokens": 100_000, "name": "tree-search"},
    )
    redact = redactor_for(settings, {"OPENAI_API_KEY": SECRET, "EDITOR": "some-editor"})
    text = f"{SECRET} open-sesame-1 tok-0123456789 100000 tree-search some-editor"
    names = ("OPENAI_API_KEY", "base_url", "service_token")
    marks = " ".join(f"[redacted:{name}]" for name in names)
    assert redact(text) == f"{marks} 100000 tree-search some-editor"
