"""Conversation: the messages of one stage, with a digest that costs only what was added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, ToolOffer


class Conversation:
    """Append-only. `digest` covers the tools on offer and every message so far, in order."""

    def __init__(self, messages: Sequence[Message], tools: Sequence[ToolOffer] = ()) -> None:
        self.tools = tuple(tools)
        self.messages: list[Message] = []
        self._hash = hashlib.sha256(
            json.dumps([tool.model_dump(mode="json") for tool in self.tools], sort_keys=True).encode()
        )
        for message in messages:
            self.add(message)

    def add(self, message: Message) -> None:
        self.messages.append(message)
        self._hash.update(message.model_dump_json().encode())

    @property
    def digest(self) -> str:
        return self._hash.copy().hexdigest()[:32]

    def request(self, position: CallPosition) -> ModelRequest:
        # model_construct, because every message was validated when it was made.
        return ModelRequest.model_construct(
            position=position,
            messages=tuple(self.messages),
            tools=self.tools,
            max_tokens=None,
            reply_schema=None,
        )


def opening(system: str, user: str) -> tuple[Message, Message]:
    return Message(role="system", text=system), Message(role="user", text=user)
