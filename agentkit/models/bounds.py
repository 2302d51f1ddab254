"""Bounds: what a call that was cut off may have been billed at most, where nobody says what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentkit.contracts.messages import ModelRequest, Reply, Usage
from agentkit.contracts.model import Price
from agentkit.errors import ModelProblem
from agentkit.models.cards import dollars_of
from agentkit.models.streaming import Assembly

TOKENS_OF_AN_IMAGE = 5_000
"""More than any provider counts for one picture after its own scaling."""
TOKENS_AROUND = 64
"""Of a message, a call or a tool: its role, its ids and the marks of a chat template."""
LONGEST_REPLY = 16_384
"""Where neither the request nor the model's card limits it."""


def most_input_tokens(request: ModelRequest) -> int:
    """A token holds at least a byte, so there are no more tokens than bytes."""
    count = 0
    for tool in request.tools:
        count += _bytes(tool.name) + _bytes(tool.description) + _written(tool.parameters) + TOKENS_AROUND
    for message in request.messages:
        count += _bytes(message.text) + TOKENS_AROUND + TOKENS_OF_AN_IMAGE * len(message.images)
        for call in message.tool_calls:
            count += _bytes(call.name) + _written(call.arguments) + _bytes(call.malformed) + TOKENS_AROUND
        if message.opaque:
            count += _written(message.opaque)
    if request.reply_schema is not None:
        count += _written(request.reply_schema) + TOKENS_AROUND
    return count


def _written(value: Mapping[str, Any]) -> int:
    return _bytes(json.dumps(dict(value), ensure_ascii=False))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def most_of(
    request: ModelRequest, price: Price | None, limit: int | None, reply: Assembly | None = None
) -> Usage:
    """`limit`: of the reply's tokens, where one is known. A whole reply has no more tokens than bytes."""
    output = LONGEST_REPLY if limit is None else limit
    if reply is not None and reply.finish is not None:
        output = min(reply.bytes, output)
    elif reply is not None and limit is None:
        output = max(reply.bytes, output)
    usage = Usage(input_tokens=most_input_tokens(request), output_tokens=output, upper_bound=True)
    return usage.model_copy(update={"dollars": dollars_of(usage, price)})


def with_usage(problem: ModelProblem, usage: Usage) -> ModelProblem:
    """A failed call can cost something too: `getattr(problem, "usage", None)` says what, or at most what."""
    vars(problem)["usage"] = usage
    return problem


def lost_of(reply: Reply) -> Usage | None:
    """What the tries before the answer may have cost at most; None: nothing."""
    return reply.lost


def usage_of(problem: BaseException) -> Usage | None:
    usage = getattr(problem, "usage", None)
    return usage if isinstance(usage, Usage) else None
