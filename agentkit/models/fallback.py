"""FallbackModel: when a model cannot answer, the next one of a list is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from agentkit.contracts.messages import ModelRequest, Reply, Usage
from agentkit.contracts.model import Model, ModelCard, Price
from agentkit.errors import ContextOverflow, ModelProblem, TranscriptEnded
from agentkit.models.bounds import usage_of, with_usage
from agentkit.models.cards import card_of
from agentkit.models.patience import total

_log = logging.getLogger(__name__)

REST_SECONDS = 300.0
"""How long a model that could not answer is asked last."""


class FallbackModel:
    """Several models under the first one's name; a reply says itself who wrote it."""

    def __init__(self, models: Sequence[Model], *, rest_seconds: float = REST_SECONDS) -> None:
        self.models = tuple(models)
        self.rest_seconds = rest_seconds
        self._failed_at: dict[str, float] = {}

    @property
    def name(self) -> str:
        return self.models[0].name

    @property
    def offers_tools(self) -> bool:
        """Only if all do: any of them may have to go on with a conversation."""
        return all(model.offers_tools for model in self.models)

    @property
    def card(self) -> ModelCard:
        """What holds whoever answers: the dearest price, the smallest sizes."""
        cards = [card_of(model) for model in self.models]
        contexts = [card.context_tokens for card in cards if card.context_tokens is not None]
        outputs = [card.output_tokens for card in cards if card.output_tokens is not None]
        prices = [card.price for card in cards if card.price is not None]
        return ModelCard(
            context_tokens=min(contexts, default=None),
            output_tokens=max(outputs) if len(outputs) == len(cards) else None,
            price=dearest(prices) if len(prices) == len(cards) else None,
        )

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises the last model's problem; its `usage` is what all of them may have cost.

        ContextOverflow and TranscriptEnded are about the conversation, so they are raised at once.
        """
        lost: list[Usage] = []
        waiting = sorted(self.models, key=self._is_resting)
        for place, model in enumerate(waiting, start=1):
            try:
                reply = await model.reply(request)
                lost += [reply.lost] if reply.lost else []
                return reply.model_copy(update={"lost": total(lost)}) if lost else reply
            except (ContextOverflow, TranscriptEnded) as problem:
                raise priced(problem, lost) from problem.__cause__
            except ModelProblem as problem:
                if place == len(waiting):
                    raise priced(problem, lost) from problem.__cause__
                self._failed_at[model.name] = time.monotonic()
                usage = usage_of(problem)
                lost += [usage] if usage else []
                _log.warning("%s Now %s is asked.", problem.message, waiting[place].name)
        raise AssertionError("a FallbackModel has at least one model")

    def _is_resting(self, model: Model) -> bool:
        failed = self._failed_at.get(model.name)
        return failed is not None and time.monotonic() - failed < self.rest_seconds


def priced(problem: ModelProblem, lost: Sequence[Usage]) -> ModelProblem:
    """With what the models before it may have cost."""
    own = usage_of(problem)
    usages = [*lost, own] if own else list(lost)
    return with_usage(problem, total(usages)) if usages else problem


def dearest(prices: Sequence[Price]) -> Price:
    return Price(
        input=max(price.input for price in prices),
        output=max(price.output for price in prices),
        source="; ".join(dict.fromkeys(price.source for price in prices)),
    )
