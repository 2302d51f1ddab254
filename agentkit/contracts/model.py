"""Model: a conversation in, one reply out."""

from __future__ import annotations

from typing import Literal, Protocol

from agentkit.contracts.messages import ModelRequest, Reply

ModelRole = Literal["planner", "coder", "reviewer", "judge"]


class Model(Protocol):
    """Anything that answers. A failure that no retry can mend raises `errors.ModelProblem`."""

    @property
    def name(self) -> str:
        """As a user would type it: `scripted/record12`, `openai/…`."""

    @property
    def offers_tools(self) -> bool:
        """Whether it can call tools; if not, the `edit` coder is used."""

    async def reply(self, request: ModelRequest) -> Reply: ...
