"""Bounds: what a call that was cut off may have been billed at most, where nobody says what it was."""

from __future__ import annotations

import json

from agentkit.contracts.messages import ModelRequest, Usage
from agentkit.contracts.model import Price
from agentkit.errors import ModelProblem
from agentkit.models.cards import dollars_of
from agentkit.models.streaming import Assembly

TOKENS_OF_AN_IMAGE = 5_000
"""More than any provider counts for one picture after its own scaling."""
TOKENS_AROUND_A_MESSAGE = 32
"""Its role, its ids and the marks of a chat template."""
LONGEST_REPLY = 16_384
"""Where neither the request nor the model's card limits it."""


def most_input_tokens(request: ModelRequest) -> int:
    """A token holds at least a byte, so there are no more tokens than bytes."""
    count = sum(
        _bytes(tool.description) + _bytes(json.dumps(dict(tool.parameters))) + 96 for tool in request.tools
    )
    for message in request.messages:
        count += _bytes(message.text) + TOKENS_AROUND_A_MESSAGE + TOKENS_OF_AN_IMAGE * len(message.images)
        for call in message.tool_calls:
            count += (
                _bytes(call.name) + _bytes(json.dumps(dict(call.arguments))) + _bytes(call.malformed) + 64
            )
        if message.opaque:
            count += _bytes(json.dumps(dict(message.opaque)))
    if request.reply_schema is not None:
        count += _bytes(json.dumps(dict(request.reply_schema))) + TOKENS_AROUND_A_MESSAGE
    return count


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


def usage_of(problem: BaseException) -> Usage | None:
    usage = getattr(problem, "usage", None)
    return usage if isinstance(usage, Usage) else None
