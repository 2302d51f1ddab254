"""Compaction: shortening a long conversation by rule, so that it fits the model again.

Old tool outputs go first, the oldest before the newer, each replaced by a reference under which the model can
open it whole. Nothing else is touched and nothing is dropped: what the model wrote, the task and the last
few outputs stay. The rule depends on the conversation alone, so a replay compacts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentkit.contracts.messages import Message

KEPT_OUTPUTS = 4
"""The latest tool outputs, which the model is working with."""
SHORT = 400
"""Characters; replacing a shorter output saves nothing."""
FULL = 0.85
"""Of the context, from which on a conversation is compacted …"""
ROOMY = 0.55
"""… down to this, so that it does not happen at every turn (and spoil a provider's cache each time)."""

Keep = Callable[[int, str], str]
"""Stores the text of message number n where the model can open it; returns the reference."""


@dataclass(frozen=True)
class Compacted:
    """The shorter conversation, and what was done."""

    messages: tuple[Message, ...]
    replaced: tuple[int, ...]
    """Message numbers."""
    saved: int
    """Characters."""


def compact(messages: Sequence[Message], excess: int, keep: Keep) -> Compacted | None:
    """Replace old tool outputs until `excess` characters are saved; None if none can be."""
    outputs = [number for number, each in enumerate(messages) if each.role == "tool"]
    shorter = list(messages)
    replaced: list[int] = []
    saved = 0
    for number in outputs[: max(0, len(outputs) - KEPT_OUTPUTS)]:
        if saved >= excess:
            break
        text = messages[number].text
        if len(text) < SHORT or text.startswith(REPLACED):
            continue
        first = text.splitlines()[0][:100]
        note = f"{REPLACED} {len(text):,} characters, beginning: {first}\nAll of it: {keep(number, text)}]"
        shorter[number] = messages[number].model_copy(update={"text": note, "images": ()})
        replaced.append(number)
        saved += len(text) - len(note)
    return Compacted(tuple(shorter), tuple(replaced), saved) if replaced else None


REPLACED = "[An earlier output was put away to make room:"
