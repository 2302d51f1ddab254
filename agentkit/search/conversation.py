"""Conversation: the messages of one stage, with a digest that costs only what was added."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolOffer

BYTES_OF_A_MESSAGE = 16
"""For what a chat format adds to each message; generous, as it only serves an upper bound."""


class Conversation:
    """Append-only. `digest` covers the tools on offer and every message so far, in order."""

    def __init__(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolOffer] = (),
        prompt_files: Sequence[str] = (),
    ) -> None:
        self.tools = tuple(tools)
        self.prompt_files = tuple(prompt_files)
        """Names of the files that its first messages were made of; for those who look at it later."""
        self.messages: list[Message] = []
        offers = json.dumps([tool.model_dump(mode="json") for tool in self.tools], sort_keys=True).encode()
        self._hash = hashlib.sha256(offers)
        self._counted = 0
        """Tokens up to the last reply, by the provider's count."""
        self._uncounted = len(offers)
        """Bytes since."""
        for message in messages:
            self.add(message)

    def add(self, message: Message) -> None:
        encoded = message.model_dump_json().encode()
        self.messages.append(message)
        self._hash.update(encoded)
        self._uncounted += len(encoded) + BYTES_OF_A_MESSAGE

    def add_reply(self, reply: Reply) -> None:
        """The model's answer; its usage says how many tokens all before it was.

        The answer itself may be counted differently as input than as output (a call is written out again),
        so it stays at a token a byte, or at its output tokens if they are more.
        """
        before = self._uncounted
        self.add(reply.message)
        if reply.usage.input_tokens:
            self._counted = reply.usage.input_tokens
            self._uncounted = max(self._uncounted - before, reply.usage.output_tokens)

    def shortened(self, messages: Sequence[Message]) -> Conversation:
        """The same tools with shorter messages; what the provider counted no longer holds."""
        return Conversation(messages, self.tools)

    @property
    def answered(self) -> bool:
        """Whether the model has said anything in it yet."""
        return any(each.role == "assistant" for each in self.messages)

    @property
    def most_tokens(self) -> int:
        """No request of this conversation has more: counted ones, and a token for each byte since."""
        return self._counted + self._uncounted

    @property
    def likely_tokens(self) -> int:
        """Counted ones, and a token for each four bytes since."""
        return self._counted + self._uncounted // 4

    @property
    def digest(self) -> str:
        return self._hash.copy().hexdigest()[:32]

    def request(
        self, position: CallPosition, max_tokens: int | None = None, seconds_left: float | None = None
    ) -> ModelRequest:
        # model_construct, because every message was validated when it was made.
        return ModelRequest.model_construct(
            position=position,
            messages=tuple(self.messages),
            tools=self.tools,
            max_tokens=max_tokens,
            reply_schema=None,
            digest=self.digest,
            seconds_left=seconds_left,
        )


def opening(system: str, user: str) -> tuple[Message, Message]:
    return Message(role="system", text=system), Message(role="user", text=user)
