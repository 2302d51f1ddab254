"""Model: a conversation in, one reply out."""

from __future__ import annotations

from typing import Literal, Protocol

from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.record import Record

ModelRole = Literal["planner", "coder", "reviewer", "judge"]


class Price(Record):
    """Dollars a million tokens. `source` says whose table and of which date."""

    input: float
    output: float
    cached_input: float | None = None
    """None: cached tokens cost as much as others."""
    source: str = ""


class ModelCard(Record):
    """What is known of a model without asking it. None: not known."""

    context_tokens: int | None = None
    output_tokens: int | None = None
    """The most it writes in one reply."""
    price: Price | None = None


class Model(Protocol):
    """Anything that answers. A failure that no retry can mend raises `errors.ModelProblem`."""

    @property
    def name(self) -> str:
        """As a user would type it: `scripted/record12`, `openai/…`."""

    @property
    def offers_tools(self) -> bool:
        """Whether it can call tools; if not, the `edit` coder is used."""

    async def reply(self, request: ModelRequest) -> Reply: ...
