"""LitellmModel: any provider that litellm knows, or any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.errors import ModelProblem
from agentkit.models.chat import read_message, read_usage, to_chat, to_chat_tools
from agentkit.models.failures import Failure, classify
from agentkit.models.keys import KEYS, check_key, missing_key
from agentkit.models.litellm_loading import ready_litellm
from agentkit.models.patience import Patience, Transient, call_patiently
from agentkit.models.structured import json_in, with_instruction

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Abilities:
    """What litellm knows about a model. `parameters` None: it does not know the model."""

    provider: str
    model: str
    parameters: frozenset[str] | None
    holds_to_schema: bool
    priced: bool

    def takes(self, parameter: str) -> bool:
        return self.parameters is None or parameter in self.parameters


class LitellmModel:
    """A live model. litellm is imported at the first call; settings a model does not take are left out."""

    def __init__(
        self,
        name: str,
        *,
        temperature: float | None = None,
        reasoning_effort: str | None = None,
        base_url: str | None = None,
        max_tokens: int | None = None,
        timeout_seconds: float = 600.0,
        offers_tools: bool = True,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        # litellm's `ollama` provider writes a plain prompt and has no tools; its `ollama_chat` has both.
        self.route = name.replace("ollama/", "ollama_chat/", 1) if name.startswith("ollama/") else name
        self.temperature = temperature
        self.reasoning_effort = reasoning_effort
        self.base_url = base_url
        self.max_tokens = max_tokens
        self.timeout_seconds = timeout_seconds
        self.offers_tools = offers_tools
        self.patience = patience or Patience()
        self._abilities: Abilities | None = None
        self._answered = False

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises MissingRequirement before any connection if a key is missing, else ModelProblem.

        With a `reply_schema` and a model that cannot be held to one, the JSON is taken out of the reply's
        text; a reply without any is returned as it is, for the caller to judge: it was paid for.
        """
        check_key(self.name, self.base_url)
        litellm = await ready_litellm()
        if self._abilities is None:
            self._abilities = self._find_abilities(litellm)
        arguments = self._arguments(self._abilities, request)
        began = time.monotonic()
        reply = await call_patiently(lambda: self._call(litellm, arguments), self.name, self.patience)
        self._answered = True
        if request.reply_schema is not None:
            found = json_in(reply.message.text)
            if found is not None:
                message = reply.message.model_copy(update={"text": found})
                reply = reply.model_copy(update={"message": message})
        return reply.model_copy(update={"seconds": time.monotonic() - began})

    def _find_abilities(self, litellm: Any) -> Abilities:
        try:
            model, provider, _, _ = litellm.get_llm_provider(self.route, api_base=self.base_url)
        except litellm.BadRequestError as error:
            raise classify(error).problem(self.name) from error
        if provider not in KEYS and not self.base_url:
            lacking = litellm.validate_environment(self.name)["missing_keys"]
            keys = tuple(each for each in lacking if each.endswith("_API_KEY"))
            if keys:
                raise missing_key(self.name, keys)
        check_key(f"{provider}/{model}", self.base_url)
        listed = litellm.get_supported_openai_params(model, custom_llm_provider=provider)
        entry = litellm.model_cost.get(self.name) or litellm.model_cost.get(model) or {}
        return Abilities(
            provider=provider,
            model=model,
            parameters=frozenset(listed) if listed else None,
            holds_to_schema=bool(litellm.supports_response_schema(model, provider)),
            priced="input_cost_per_token" in entry,
        )

    def _arguments(self, abilities: Abilities, request: ModelRequest) -> dict[str, Any]:
        messages = request.messages
        arguments: dict[str, Any] = {
            "model": self.route,
            "timeout": self.timeout_seconds,
            "drop_params": True,
            "max_retries": 0,  # trying again is our own business, in `patience`
            "num_retries": 0,
        }
        if self.base_url:
            arguments["base_url"] = self.base_url
            if not any(os.environ.get(each) for each in KEYS.get(abilities.provider, ())):
                arguments["api_key"] = "none"  # the client insists on one, a server of one's own does not
        if request.tools:
            if not abilities.takes("tools"):
                raise ModelProblem(
                    f"{self.name} cannot call tools.",
                    "Next: use the coder that needs none (--coder edit), or another model",
                )
            arguments["tools"] = to_chat_tools(request.tools)
        if request.reply_schema is not None:
            if abilities.holds_to_schema:
                form = {"name": "reply", "schema": dict(request.reply_schema)}
                arguments["response_format"] = {"type": "json_schema", "json_schema": form}
            else:
                messages = with_instruction(messages, request.reply_schema)
        arguments["messages"] = to_chat(messages)
        limits = [each for each in (request.max_tokens, self.max_tokens) if each is not None]
        wished = {
            "temperature": self.temperature,
            "reasoning_effort": self.reasoning_effort,
            "max_tokens": min(limits, default=None),
        }
        for key, value in wished.items():
            if value is None:
                continue
            if abilities.takes(key):
                arguments[key] = value
            elif not self._answered:
                _log.warning("%s does not take '%s'; it is left out.", self.name, key)
        return arguments

    async def _call(self, litellm: Any, arguments: dict[str, Any]) -> Reply:
        """One try. Raises Transient or ModelProblem."""
        try:
            # litellm's own timeout is for each read; a server that drips would never reach it.
            async with asyncio.timeout(self.timeout_seconds):
                response = await litellm.acompletion(**arguments)
            return self._read(response)
        except ModelProblem:
            raise
        except Exception as error:  # a provider's integration may raise anything, even IndexError
            failure = classify(error)
            if isinstance(error, TimeoutError):
                failure = Failure("timeout", f"no complete reply within {self.timeout_seconds:g} s")
            # Before the first reply a wrong address is likelier than a passing fault.
            hopeless = failure.kind == "unreachable" and not self._answered
            if failure.transient and not hopeless:
                raise Transient(failure) from error
            raise failure.problem(self.name) from error

    def _read(self, response: Any) -> Reply:
        choice = response.choices[0]
        message = read_message(choice.message)
        finish = str(choice.finish_reason or "stop")
        if finish == "content_filter" and not message.text and not message.tool_calls:
            raise Failure("refused", "the reply was withheld (content_filter)").problem(self.name)
        return Reply(
            message=message,
            usage=read_usage(getattr(response, "usage", None), self._dollars(response)),
            model=str(response.model or self.name),
            finish_reason=finish,
        )

    def _dollars(self, response: Any) -> float | None:
        """As litellm priced the call. It says 0 for some models it has no price for: then None."""
        cost = response._hidden_params.get("response_cost")
        if cost is None or (not cost and not (self._abilities and self._abilities.priced)):
            return None
        return float(cost)
