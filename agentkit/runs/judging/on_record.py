"""A judge's model inside a run: under the run's caps, and in its journal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.model import Model, ModelCard
from agentkit.errors import BudgetSpent
from agentkit.models.bounds import most_input_tokens
from agentkit.models.cards import card_of
from agentkit.search.ask import call_on_record
from agentkit.search.context import RunContext
from agentkit.search.spending import hold, seconds_left

ACCOUNT = ""
"""Judging is the run's own expense, not that of the attempt which it judges."""


@dataclass(frozen=True)
class JudgeOnRecord:
    """Implements Model. What was answered once is in the judging's own ledger, which asks nothing twice."""

    run: RunContext
    model: Model

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def offers_tools(self) -> bool:
        return False

    @property
    def card(self) -> ModelCard:
        return card_of(self.model)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.model, name)

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises BudgetSpent before a call that could pass a cap of the run."""
        digest = digest_of(request)
        key = f"judge/{self.name}/{request.position.key}/{digest}"
        left = seconds_left(self.run, reserve_for_answer=False)
        if left is not None and left <= 0:
            raise BudgetSpent(f"The run's cap of {self.run.budget.minutes:g} minutes is reached.")
        bound, most = hold(self.run, ACCOUNT, self.card, most_input_tokens(request), key)
        limits = [each for each in (most, request.max_tokens) if each is not None]
        told = {"max_tokens": min(limits, default=None), "seconds_left": left, "digest": digest}
        asked = request.model_copy(update=told)
        return await call_on_record(self.run, self.model, asked, bound, ACCOUNT, key, {})


def digest_of(request: ModelRequest) -> str:
    """Of all that an answer depends on; the position tells equal questions apart."""
    text = request.model_dump_json(include={"messages", "tools", "reply_schema"})
    return hashlib.sha256(text.encode()).hexdigest()[:32]
