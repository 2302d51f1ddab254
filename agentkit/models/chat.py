"""Our messages in the shape of the OpenAI chat format, which litellm speaks, and its replies back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agentkit.contracts.messages import Message, ToolCall, ToolOffer, Usage

NOTHING = "(nothing)"
"""Stands for an empty text, which several providers refuse."""


def to_chat(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [message_to_chat(message) for message in messages]


def message_to_chat(message: Message) -> dict[str, Any]:
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
    return chat


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


def read_message(chat: Any) -> Message:
    """The assistant message of a litellm choice. Call ids that are missing or used twice are replaced."""
    calls: list[ToolCall] = []
    for number, each in enumerate(getattr(chat, "tool_calls", None) or ()):
        identity = each.id
        if not identity or any(call.id == identity for call in calls):
            identity = f"{identity or 'call'}-{number}"
        calls.append(read_call(identity, each.function.name or "", each.function.arguments))
    return Message(role="assistant", text=read_text(chat.content), tool_calls=tuple(calls))


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
    read = getattr(usage, "prompt_tokens_details", None)
    written = getattr(usage, "completion_tokens_details", None)
    return Usage(
        input_tokens=getattr(usage, "prompt_tokens", 0) or 0,
        output_tokens=getattr(usage, "completion_tokens", 0) or 0,
        cached_tokens=getattr(read, "cached_tokens", 0) or 0,
        reasoning_tokens=getattr(written, "reasoning_tokens", 0) or 0,
        dollars=dollars,
    )
