"""Structured output for models that cannot be held to a schema: ask in words, then find the JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.contracts.messages import Message

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL | re.IGNORECASE)


def with_instruction(messages: Sequence[Message], schema: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation, its last user message ending with what the reply must look like."""
    wish = (
        "Answer with one JSON value and nothing else: no explanation, no code fence. It must satisfy this"
        f" JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    )
    if messages and messages[-1].role == "user":
        last = messages[-1]
        return (*messages[:-1], last.model_copy(update={"text": f"{last.text}\n\n{wish}"}))
    return (*messages, Message(role="user", text=wish))


def json_in(text: str) -> str | None:
    """The JSON that a reply is, fences, or embeds in prose; the last object wins. None: there is none."""
    for candidate in (text.strip(), *reversed(_FENCED.findall(text))):
        try:
            json.loads(candidate)
        except ValueError:
            continue
        return str(candidate).strip()
    return last_object(text)


def last_object(text: str) -> str | None:
    """The last complete JSON object or array that stands anywhere in the text."""
    decoder = json.JSONDecoder()
    found: str | None = None
    position = 0
    while (start := next((i for i in range(position, len(text)) if text[i] in "{["), -1)) >= 0:
        try:
            _, end = decoder.raw_decode(text, start)
        except ValueError:
            position = start + 1
        else:
            found, position = text[start:end], end
    return found
