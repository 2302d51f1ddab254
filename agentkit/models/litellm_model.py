"""LitellmModel: any provider that litellm knows, or any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from agentkit.contracts.messages import Usage
from agentkit.models.cards import Entry, entry_of
from agentkit.models.chat import Dialect, take
from agentkit.models.failures import classify
from agentkit.models.keys import KEYS, check_key, key_of, missing_key
from agentkit.models.litellm_loading import ready_litellm
from agentkit.models.live import Abilities, LiveModel
from agentkit.models.streaming import Assembly, BrokenOff, Stalled, without_stalls

SHOW_IN_RESULTS = frozenset({"anthropic"})
"""Providers for which litellm puts the pictures of a tool's message where the provider wants them."""


class LitellmModel(LiveModel):
    """A live model. litellm is imported at the first call."""

    _abilities: Abilities | None = None
    _litellm: Any = None

    @property
    def route(self) -> str:
        """litellm's `ollama` provider writes a plain prompt and has no tools; its `ollama_chat` has both."""
        if self.called.startswith("ollama/"):
            return self.called.replace("ollama/", "ollama_chat/", 1)
        return self.called

    async def _ready(self) -> Abilities:
        self._litellm = await ready_litellm()
        if self._abilities is None:
            self._abilities = self._find_abilities(self._litellm)
        return self._abilities

    def _find_abilities(self, litellm: Any) -> Abilities:
        try:
            model, provider, _, _ = litellm.get_llm_provider(self.route, api_base=self.base_url)
        except litellm.BadRequestError as error:
            raise classify(error).problem(self.name) from error
        if provider not in KEYS and not self.base_url and not self.key_variable:
            lacking = litellm.validate_environment(self.called)["missing_keys"]
            keys = tuple(each for each in lacking if each.endswith("_API_KEY"))
            if keys:
                raise missing_key(self.called, keys)
        check_key(f"{provider}/{model}", self.base_url, key_variable=self.key_variable)
        listed = litellm.get_supported_openai_params(model, custom_llm_provider=provider)
        return Abilities(
            provider=provider,
            model=self.route,
            parameters=frozenset(listed) if listed else None,
            holds_to_schema=bool(litellm.supports_response_schema(model, provider)),
            dialect=dialect_of(provider, entry_of(self.called)),
        )

    async def _stream(self, abilities: Abilities, body: dict[str, Any], reply: Assembly) -> None:
        extra: dict[str, Any] = {
            "timeout": self.timeout_seconds,
            "drop_params": True,
            "max_retries": 0,  # trying again is our own business, in `patience`
            "num_retries": 0,
        }
        key = key_of(abilities.provider, self.key_variable)
        if self.base_url:
            extra["base_url"] = self.base_url
            extra["api_key"] = key or "none"  # the client insists on one, a server of one's own does not
        elif self.key_variable:
            extra["api_key"] = key
        try:
            async with asyncio.timeout(self.stall_seconds) as waiting:
                stream = await self._litellm.acompletion(**body, **extra)
        except TimeoutError as error:
            raise Stalled(self.stall_seconds) if waiting.expired() else error from error
        if not hasattr(stream, "__aiter__"):
            reply.add_whole(stream)
            return
        try:
            async with contextlib.aclosing(without_stalls(stream, self.stall_seconds)) as pieces:
                async for piece in pieces:
                    reply.add(piece)
        finally:
            with contextlib.suppress(Exception):  # what cannot be closed is broken already
                await stream.aclose()
        settle(stream, reply)

    def _dollars(self, usage: Usage, reply: Assembly) -> float | None:
        """As litellm prices it, which knows of cache writes and steps; not where the user gave a price."""
        by_card = super()._dollars(usage, reply)
        price = self.card.price
        if by_card is None or price is None or price.source.startswith("the user") or self._abilities is None:
            return by_card
        try:
            costs = self._litellm.cost_per_token(
                model=self.route, custom_llm_provider=self._abilities.provider, usage_object=reply.usage
            )
        except Exception:  # noqa: BLE001 - litellm may raise anything here, and the card's sum is at hand
            return by_card
        return float(sum(costs))


def dialect_of(provider: str, entry: Entry | None) -> Dialect:
    return Dialect(
        images="in results" if provider in SHOW_IN_RESULTS else "after results",
        cache_marks=provider == "anthropic" or (entry is not None and entry.marks),
    )


def settle(stream: Any, reply: Assembly) -> None:
    """Take back what litellm makes up at the end of a stream: a reason to stop, and counts of its own."""
    reasons = [getattr(stream, f"{sort}_finish_reason", "unknown") for sort in ("received", "intermittent")]
    if not any(reasons):
        reply.finish = None
        raise BrokenOff("the stream ended before the reply did")
    received = getattr(stream, "chunks", None)
    if received is not None and not any(take(piece, "usage") for piece in received):
        reply.usage = None
