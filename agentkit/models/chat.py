"""Our messages in the shape of the OpenAI chat format, which litellm speaks too, and its replies back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agentkit.contracts.messages import Image, Message, ToolCall, ToolOffer, Usage

NOTHING = "(nothing)"
"""Stands for an empty text, which several providers refuse."""
UNSEEN = "(A picture was here, which this model cannot see.)"
REASONING = ("thinking_blocks", "reasoning_details", "reasoning_content", "reasoning")
"""Where providers put the reasoning that they want back; the first that is there says it best."""
ON_CALLS = ("provider_specific_fields", "extra_content")
"""Where they put a signature that belongs to one tool call."""


@dataclass(frozen=True)
class Dialect:
    """What the chat format leaves to the provider."""

    name: str = ""
    """Of our model: what a reply of another model holds for its own provider is not sent to this one."""
    images: Literal["in results", "after results", "none"] = "after results"
    """OpenAI refuses pictures in a tool's message, so they follow as a user's."""
    cache_marks: bool = False
    """Whether the provider caches only what is marked, as Anthropic does; others cache by themselves."""


def take(value: Any, name: str) -> Any:
    """A field of what came back: a dict if we parsed it, an object if litellm did. None: not there."""
    return value.get(name) if type(value) is dict else getattr(value, name, None)


def to_chat(messages: Sequence[Message], dialect: Dialect = Dialect()) -> list[dict[str, Any]]:
    chats: list[dict[str, Any]] = []
    held: list[Image] = []
    for message in messages:
        if held and message.role != "tool":
            chats.append(shown_after(held))
            held = []
        if message.images and message.role == "tool" and dialect.images == "after results":
            held += message.images
        chats.append(message_to_chat(message, dialect))
    if held:
        chats.append(shown_after(held))
    if dialect.cache_marks:
        mark_for_cache(chats)
    return chats


def message_to_chat(message: Message, dialect: Dialect = Dialect()) -> dict[str, Any]:
    chat: dict[str, Any] = {"role": message.role, "content": message.text or NOTHING}
    if message.role == "tool":
        chat["tool_call_id"] = message.tool_call_id or ""
    if message.tool_calls:
        chat["content"] = message.text or None
        chat["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": written_arguments(call)},
            }
            for call in message.tool_calls
        ]
    if message.images:
        chat["content"] = with_images(message, dialect)
    if message.opaque and message.opaque.get("model") == dialect.name:
        add_opaque(chat, message.opaque)
    return chat


def with_images(message: Message, dialect: Dialect) -> str | list[dict[str, Any]]:
    if dialect.images == "none":
        return "\n".join([message.text, UNSEEN]).strip()
    if message.role == "tool" and dialect.images == "after results":
        return message.text or "(The picture follows.)"
    text = [{"type": "text", "text": message.text}] if message.text else []
    return [*text, *map(image_part, message.images)]


def image_part(image: Image) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{image.data}"}}


def shown_after(images: Iterable[Image]) -> dict[str, Any]:
    said = {"type": "text", "text": "What the tools above show, in their order:"}
    return {"role": "user", "content": [said, *map(image_part, images)]}


def add_opaque(chat: dict[str, Any], opaque: Mapping[str, Any]) -> None:
    """Give the provider back what it wanted back with this message."""
    for key in REASONING:
        if key in opaque:
            chat[key] = opaque[key]
    for call in chat.get("tool_calls", ()):
        call.update(opaque.get("calls", {}).get(call["id"], {}))


def mark_for_cache(chats: list[dict[str, Any]]) -> None:
    """Mark three ends: of the instructions, of the request before this one, and of this one.

    The next request is read from the cache up to the third; a long turn would hide it without the second.
    Anthropic allows four.
    """
    marked = [0] if chats and chats[0]["role"] == "system" else []
    answers = [place for place, chat in enumerate(chats) if chat["role"] == "assistant"]
    marked += [place - 1 for place in answers[-1:] if place > 0]
    marked += [len(chats) - 1] if chats else []
    for place in sorted(set(marked)):
        chat = chats[place]
        mark = {"type": "ephemeral"}
        if chat["role"] == "tool":
            chat["cache_control"] = mark
        elif isinstance(chat["content"], str):
            chat["content"] = [{"type": "text", "text": chat["content"], "cache_control": mark}]
        elif chat["content"]:
            chat["content"][-1]["cache_control"] = mark


def written_arguments(call: ToolCall) -> str:
    """Always a JSON object, as providers parse what they are sent back; malformed text goes inside one."""
    arguments = {"malformed_arguments": call.malformed} if call.malformed else dict(call.arguments)
    return json.dumps(arguments, ensure_ascii=False)


def to_chat_tools(tools: Sequence[ToolOffer]) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            },
        }
        for tool in tools
    ]


def read_message(chat: Any, model: str = "") -> Message:
    """The assistant message of a choice. Call ids that are missing or used twice are replaced.

    `model` is our name of who wrote it; without one, nothing is kept for its provider.
    """
    calls: list[ToolCall] = []
    signed: dict[str, Any] = {}
    for number, each in enumerate(take(chat, "tool_calls") or ()):
        identity = str(take(each, "id") or "")
        if not identity or any(call.id == identity for call in calls):
            identity = f"{identity or 'call'}-{number}"
        function = take(each, "function")
        calls.append(read_call(identity, take(function, "name") or "", take(function, "arguments")))
        kept = {key: take(each, key) for key in ON_CALLS if take(each, key)}
        if kept:
            signed[identity] = kept
    return Message(
        role="assistant",
        text=read_text(take(chat, "content")),
        tool_calls=tuple(calls),
        opaque=read_opaque(chat, signed, model) if model else {},
    )


def read_opaque(chat: Any, signed: Mapping[str, Any], model: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"calls": dict(signed)} if signed else {}
    for key in REASONING:
        value = take(chat, key)
        if value:
            kept[key] = value
            break
    return {"model": model, **kept} if kept else {}


def read_text(content: Any) -> str:
    """Content is a string, nothing, or a list of parts of which some are text."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return str(content or "")


def read_call(identity: str, name: str, arguments: Any) -> ToolCall:
    """No arguments at all are an empty object; anything else that is no object is kept as malformed."""
    if isinstance(arguments, dict):
        return ToolCall(id=identity, name=name, arguments=arguments)
    text = str(arguments or "")
    if not text.strip():
        return ToolCall(id=identity, name=name)
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return ToolCall(id=identity, name=name, arguments=value)
    return ToolCall(id=identity, name=name, malformed=text)


def read_usage(usage: Any, dollars: float | None) -> Usage:
    """The provider's counts; what it does not report is 0, but an unknown price is None."""
    read = take(usage, "prompt_tokens_details")
    written = take(usage, "completion_tokens_details")
    return Usage(
        input_tokens=count(take(usage, "prompt_tokens")),
        output_tokens=count(take(usage, "completion_tokens")),
        cached_tokens=count(take(read, "cached_tokens")),
        reasoning_tokens=count(take(written, "reasoning_tokens")),
        dollars=dollars,
    )


def count(value: Any) -> int:
    """A number of tokens as a server writes it; nonsense is 0."""
    return max(0, int(value)) if isinstance(value, (int, float)) and value == value else 0
