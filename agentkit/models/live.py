"""LiveModel: what the clients of live models share: settings, tries, and reading what came."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agentkit.contracts.messages import ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard
from agentkit.errors import ModelProblem
from agentkit.models.bounds import most_of, with_usage
from agentkit.models.cards import dollars_of, model_card
from agentkit.models.chat import Dialect, count, read_message, read_usage, take, to_chat, to_chat_tools
from agentkit.models.concurrency import Endpoint, endpoint_of
from agentkit.models.failures import Failure, classify
from agentkit.models.keys import check_key
from agentkit.models.patience import Patience, Transient, call_patiently, total
from agentkit.models.streaming import Assembly, BrokenOff, Stalled
from agentkit.models.structured import json_in, with_instruction

_log = logging.getLogger(__name__)

OPTIONAL = (
    "temperature",
    "reasoning_effort",
    "max_completion_tokens",
    "max_tokens",
    "response_format",
    "stream_options",
)
"""Parameters that a server may refuse; the call is then made again without."""
IMAGES = "images"


class _Unwanted(Exception):
    """The server refused the request because of one part that it can do without."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(frozen=True)
class Abilities:
    """What is known of a model beforehand. `parameters` None: nothing, so it is sent all of them."""

    provider: str
    model: str
    """As the server calls it."""
    parameters: frozenset[str] | None
    holds_to_schema: bool
    dialect: Dialect
    limit_parameter: str = "max_tokens"

    def takes(self, parameter: str) -> bool:
        return self.parameters is None or parameter in self.parameters


class LiveModel:
    """A model behind a network. Settings that it does not take are left out."""

    def __init__(
        self,
        called: str,
        *,
        name: str | None = None,
        temperature: float | None = None,
        reasoning_effort: str | None = None,
        base_url: str | None = None,
        key_variable: str | None = None,
        max_tokens: int | None = None,
        timeout_seconds: float = 1800.0,
        stall_seconds: float = 120.0,
        offers_tools: bool = True,
        patience: Patience | None = None,
        card: ModelCard | None = None,
    ) -> None:
        """`called`: as PROVIDER/NAME; `name`: of its profile, if it has one.

        `timeout_seconds`: of one try as a whole; `stall_seconds`: between two pieces of its reply. `card`:
        with the user's own figures; without one, what the price table knows of the name.
        """
        self.called = called
        self.name = name or called
        self.temperature = temperature
        self.reasoning_effort = reasoning_effort
        self.base_url = base_url
        self.key_variable = key_variable
        self.max_tokens = max_tokens
        self.timeout_seconds = timeout_seconds
        self.stall_seconds = stall_seconds
        self.offers_tools = offers_tools
        self.patience = patience or Patience()
        self._card = card
        self._endpoint: tuple[str | None, Endpoint] | None = None
        self._refused: set[str] = set()
        self._answered = False

    @functools.cached_property
    def card(self) -> ModelCard:
        return self._card or model_card(self.called)

    @property
    def endpoint(self) -> Endpoint:
        """Shared by all models of one provider at one address."""
        if self._endpoint is None or self._endpoint[0] != self.base_url:
            self._endpoint = (self.base_url, endpoint_of(self.called.partition("/")[0], self.base_url))
        return self._endpoint[1]

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises MissingRequirement before any connection if a key is missing, else ModelProblem.

        With a `reply_schema` and a model that cannot be held to one, the JSON is taken out of the reply's
        text; a reply without any is returned as it is, for the caller to judge: it was paid for. A
        ModelProblem's `usage`, where it has one, is what all tries together may have cost at most.
        """
        check_key(self.called, self.base_url, key_variable=self.key_variable)
        abilities = await self._ready()
        began = time.monotonic()
        lost: list[Usage] = []
        reply = await call_patiently(
            lambda: self._try(abilities, request),
            self.name,
            self.patience.within(request.seconds_left),
            endpoint=self.endpoint,
            bound=self._most(request),
            lost=lost,
        )
        self._answered = True
        changes: dict[str, Any] = {"seconds": time.monotonic() - began, "lost": total(lost) if lost else None}
        found = json_in(reply.message.text) if request.reply_schema is not None else None
        if found is not None:
            changes["message"] = reply.message.model_copy(update={"text": found})
        return reply.model_copy(update=changes)

    async def _ready(self) -> Abilities:
        """Whatever a first call needs; nothing is sent."""
        raise NotImplementedError

    async def _stream(self, abilities: Abilities, body: dict[str, Any], reply: Assembly) -> None:
        """Send the request and add the pieces as they come. May raise anything, even IndexError."""
        raise NotImplementedError

    async def _try(self, abilities: Abilities, request: ModelRequest) -> Reply:
        """One try; more only to leave out what the server says it does not take."""
        while True:
            try:
                return await self._once(abilities, request, self._body(abilities, request))
            except _Unwanted as unwanted:
                self._refused.add(unwanted.parameter)
                _log.warning("%s does not take '%s'; it is left out.", self.name, unwanted.parameter)

    def _unwanted(self, said: str, request: ModelRequest, body: Mapping[str, Any]) -> str | None:
        """Which part of what was sent a server's refusal is about, if it could be left out."""
        named = [each for each in OPTIONAL if each in body and re.search(rf"\b{each}\b", said)]
        pictures = any(message.images for message in request.messages) and IMAGES not in self._refused
        if not named and pictures and re.search(r"\bimage|vision|multi-?modal", said, re.IGNORECASE):
            return IMAGES
        return named[0] if named else None

    def _body(self, abilities: Abilities, request: ModelRequest) -> dict[str, Any]:
        messages = request.messages
        body: dict[str, Any] = {
            "model": abilities.model,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.tools:
            if not abilities.takes("tools"):
                raise ModelProblem(
                    f"{self.name} cannot call tools.",
                    "Next: use the coder that needs none (--coder edit), or another model",
                )
            body["tools"] = to_chat_tools(request.tools)
        if request.reply_schema is not None:
            if abilities.holds_to_schema and "response_format" not in self._refused:
                form = {"name": "reply", "schema": dict(request.reply_schema)}
                body["response_format"] = {"type": "json_schema", "json_schema": form}
            else:
                messages = with_instruction(messages, request.reply_schema)
        body["messages"] = to_chat(messages, self._dialect(abilities))
        limit = abilities.limit_parameter
        if limit in self._refused:
            limit = "max_completion_tokens" if limit == "max_tokens" else "max_tokens"
        wished = {
            "temperature": self.temperature,
            "reasoning_effort": self.reasoning_effort,
            limit: self._limit(request),
        }
        for key, value in wished.items():
            if value is None:
                continue
            if abilities.takes(key):
                body[key] = value
            elif not self._answered:
                _log.warning("%s does not take '%s'; it is left out.", self.name, key)
        return {key: value for key, value in body.items() if key not in self._refused}

    def _dialect(self, abilities: Abilities) -> Dialect:
        dialect = replace(abilities.dialect, name=self.name)
        return replace(dialect, images="none") if IMAGES in self._refused else dialect

    def _limit(self, request: ModelRequest) -> int | None:
        return min((each for each in (request.max_tokens, self.max_tokens) if each is not None), default=None)

    def _most(self, request: ModelRequest, reply: Assembly | None = None) -> Usage:
        """What a call costs at most of which this came; the price is the user's or the table's."""
        limits = [each for each in (self._limit(request), self.card.output_tokens) if each is not None]
        return most_of(request, self.card.price, min(limits, default=None), reply)

    async def _once(self, abilities: Abilities, request: ModelRequest, body: dict[str, Any]) -> Reply:
        """Raises Transient or ModelProblem."""
        reply = Assembly()
        try:
            async with asyncio.timeout(self.timeout_seconds):
                await self._stream(abilities, body, reply)
            if reply.finish is None:
                raise BrokenOff("the stream ended before the reply did")
        except ModelProblem:
            raise
        except Exception as error:  # a provider's integration may raise anything, even IndexError
            if reply.finish is None:
                raise self._failed(error, request, body, reply) from error
            _log.warning("%s: what follows a whole reply, its usage, was lost: %s", self.name, error)
        return self._read(request, reply)

    def _failed(
        self, error: Exception, request: ModelRequest, body: Mapping[str, Any], reply: Assembly
    ) -> Exception:
        failure = classify(error)
        unwanted = self._unwanted(str(error), request, body) if failure.kind == "request" else None
        if unwanted is not None:
            return _Unwanted(unwanted)
        if isinstance(error, BrokenOff):
            failure = Failure("cut", str(error))
        elif isinstance(error, Stalled):
            failure = Failure("timeout", str(error))
        elif isinstance(error, TimeoutError):
            failure = Failure("timeout", f"no complete reply within {self.timeout_seconds:g} s")
        usage = self._most(request, reply) if failure.cut or reply.began else None
        # Before the first reply a wrong address is likelier than a passing fault.
        hopeless = failure.kind == "unreachable" and not self._answered
        if failure.transient and not hopeless:
            return Transient(failure, usage)
        problem = failure.problem(self.name)
        return problem if usage is None else with_usage(problem, usage)

    def _read(self, request: ModelRequest, reply: Assembly) -> Reply:
        chat = reply.message()
        message = read_message(chat, self.name)
        usage = self._usage(request, reply)
        empty = not message.text and not message.tool_calls
        if empty and (chat.get("refusal") or reply.finish in ("content_filter", "refusal")):
            said = str(chat.get("refusal") or "the reply was withheld (content_filter)")
            raise with_usage(Failure("refused", said).problem(self.name), usage)
        return Reply(
            message=message,
            usage=usage,
            model=str(reply.model or self.name),
            finish_reason=str(reply.finish),
        )

    def _usage(self, request: ModelRequest, reply: Assembly) -> Usage:
        """By the provider's count; without one, an upper bound. Dollars: the provider's, else by the card."""
        if not count(take(reply.usage, "prompt_tokens")):
            return self._most(request, reply)
        usage = read_usage(reply.usage, None)
        cost = take(reply.usage, "cost")
        if isinstance(cost, (int, float)) and not isinstance(cost, bool) and cost >= 0:
            return usage.model_copy(update={"dollars": float(cost)})
        return usage.model_copy(update={"dollars": self._dollars(usage, reply)})

    def _dollars(self, usage: Usage, reply: Assembly) -> float | None:
        return dollars_of(usage, self.card.price)
