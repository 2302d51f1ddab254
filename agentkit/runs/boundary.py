"""The boundary of a run: what a model or an evaluator says is redacted before anything here sees it.

So nothing behind it (prompts, workspaces, checkpoints, the calibrations in the cache, errors) can carry a
key on, and a resumed run, which knows the redacted journal only, says exactly the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agentkit.contracts.events import Event, Observer
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.model import Model
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Evaluator, Lack
from agentkit.errors import AgentkitError
from agentkit.journal.redaction import Redactor, secrets_in
from agentkit.runs.plan import Plan
from agentkit.settings import Settings


def redactor_for(settings: Settings, environ: Mapping[str, str] | None = None) -> Redactor:
    """Knows the secrets of the environment and those in the settings, such as a password in a base URL.

    A variable that a setting names as the one with the key is secret whatever it is called.
    """
    environ = os.environ if environ is None else environ
    told = list(_leaves("", settings.model_dump(mode="json")))
    named = {text: environ[text] for name, text in told if name.endswith("key_variable") and text in environ}
    return Redactor({**secrets_in(dict(told)), **named, **secrets_in(environ)})


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value in a nest of tables, under its own name."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(str(key), each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _leaves(name, each)
    elif value is not None:
        yield name, str(value)


def guarded(plan: Plan, redactor: Redactor) -> Plan:
    """The same plan behind the boundary."""
    clients = {id(model): GuardedModel(model, redactor) for model in plan.models.values()}
    task = replace(plan.task, evaluator=GuardedEvaluator(plan.task.evaluator, redactor))
    return replace(
        plan,
        task=task,
        models={role: clients[id(each)] for role, each in plan.models.items()},
        judges=tuple(GuardedModel(each, redactor) for each in plan.judges),
    )


def guarded_observer(observer: Observer, redactor: Redactor) -> Observer:
    """Passing events too lose their secrets; those of the journal have none."""

    def told(event: Event) -> None:
        passing = event.number < 0
        observer(event.model_copy(update={"data": redactor.value(event.data)}) if passing else event)

    return told


@dataclass(frozen=True)
class GuardedModel:
    """Implements contracts.Model; what else the model has can be reached through it."""

    model: Model
    redactor: Redactor

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def offers_tools(self) -> bool:
        return self.model.offers_tools

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.model, name)

    async def reply(self, request: ModelRequest) -> Reply:
        with clean_errors(self.redactor):
            reply = await self.model.reply(request)
        message = reply.message.model_dump(mode="json", exclude_defaults=True)
        cleaned = self.redactor.value(message)
        if cleaned == message:
            return reply
        return reply.model_copy(update={"message": type(reply.message).model_validate(cleaned)})


@dataclass(frozen=True)
class GuardedEvaluator:
    """Implements contracts.Evaluator."""

    evaluator: Evaluator
    redactor: Redactor

    def lacks(self) -> Sequence[Lack]:
        return self.evaluator.lacks()

    def prepare(self, cache: Path) -> Environment:
        with clean_errors(self.redactor):
            return self.evaluator.prepare(cache)

    async def evaluate(self, candidate: Candidate) -> Outcome:
        with clean_errors(self.redactor):
            outcome = await self.evaluator.evaluate(candidate)
        said = outcome.model_dump(mode="json")
        cleaned = self.redactor.value(said)
        return outcome if cleaned == said else Outcome.model_validate(cleaned)


@contextmanager
def clean_errors(redactor: Redactor) -> Iterator[None]:
    """Whatever is raised inside, and all that led to it, loses its secrets and stays what it is."""
    try:
        yield
    except Exception as error:
        seen: set[int] = set()
        waiting: list[BaseException | None] = [error]
        while waiting:
            each = waiting.pop()
            if each is None or id(each) in seen:
                continue
            seen.add(id(each))
            _clean(each, redactor)
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
        raise


def _clean(error: BaseException, redactor: Redactor) -> None:
    error.args = tuple(redactor.value(each) if isinstance(each, str) else each for each in error.args)
    if isinstance(error, AgentkitError):
        error.message = redactor.plain(error.message)
        error.lines = tuple(redactor.plain(line) for line in error.lines)
        return
    for name, value in list(vars(error).items()):  # as litellm's errors, which print their own `message`
        if isinstance(value, str) and redactor.plain(value) != value:
            vars(error)[name] = redactor.plain(value)
