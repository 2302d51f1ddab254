"""What is said to a model and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.record import Record

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Record):
    """A model's wish to use a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    malformed: str = ""
    """The argument text as the model wrote it, where it is no JSON object; then `arguments` is empty."""


class Image(Record):
    """A picture as the chat APIs take it."""

    media_type: Literal["image/png", "image/jpeg", "image/webp", "image/gif"]
    data: str
    """The bytes in base64."""


class Message(Record):
    """One turn of a conversation, in the shape the chat APIs agree on."""

    role: Role
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    """On a `tool` message: which call it answers."""
    images: tuple[Image, ...] = ()
    opaque: Mapping[str, Any] = Field(default_factory=dict)
    """What a provider wants back unread with its own message, such as signed reasoning."""


class ToolOffer(Record):
    """A tool as a model is shown it; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


class CallPosition(Record):
    """Where in a run a model is called."""

    attempt: str
    operator: str
    nth: int
    """How many earlier attempts of this run used the same operator."""
    stage: str
    """plan, debug, code, review or judge; or a question of an author's own graph."""
    index: int
    """0 for the first call of the stage."""

    @property
    def key(self) -> str:
        return f"{self.attempt}/{self.stage}/{self.index}"


class ModelRequest(Record):
    """Everything that a model's reply may depend on."""

    position: CallPosition
    messages: tuple[Message, ...]
    tools: tuple[ToolOffer, ...] = ()
    max_tokens: int | None = None
    reply_schema: Mapping[str, Any] | None = None
    """A JSON schema that the reply's text must satisfy (structured output)."""
    digest: str = ""
    """Of the messages and the tools, in order. With the position it is the key of a recorded reply."""
    seconds_left: float | None = None
    """What the run's budget leaves for this call, its retries included. No part of a reply's key."""


class Usage(Record):
    """What a call used, by the provider's own count. `dollars` None means: the price is unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    dollars: float | None = None
    upper_bound: bool = False
    """The call was cut off: no more than this, instead of the provider's count."""


class Reply(Record):
    """A model's answer: always one assistant message."""

    message: Message
    usage: Usage = Usage()
    model: str = ""
    """The name the provider gives itself, which may be more exact than the one asked for."""
    finish_reason: str = "stop"
    seconds: float = 0.0
    lost: Usage | None = None
    """What tries before this answer, cut off on the way, may have cost at most."""
