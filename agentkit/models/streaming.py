"""Streaming: a reply put together from its pieces, and silence on the line noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any, TypeVar

from agentkit.models.chat import ON_CALLS, read_text, take

Piece = TypeVar("Piece")

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")
_BLOCKS = ("thinking_blocks", "reasoning_details")
_GROWING = frozenset({"thinking", "text", "summary"})
"""Fields of a reasoning block that come bit by bit."""


class Stalled(TimeoutError):
    """No piece came for so long that none is expected any more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"nothing came for {seconds:g} s (--stall-seconds)")


class BrokenOff(Exception):
    """The stream ended before the reply did."""


async def without_stalls(pieces: AsyncIterable[Piece], seconds: float) -> AsyncGenerator[Piece, None]:
    """The pieces as they come. Raises Stalled if one takes longer than that."""
    iterator = aiter(pieces)
    while True:
        try:
            async with asyncio.timeout(seconds):
                piece = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Stalled(seconds) from error
        yield piece


class Assembly:
    """A reply so far. Pieces are chat completion chunks: dicts, or objects of litellm."""

    def __init__(self) -> None:
        self.finish: str | None = None
        """Why the model stopped; None: it has not, as far as is known."""
        self.usage: Any = None
        self.model = ""
        self.began = False
        """Whether the server has sent anything that is a reply."""
        self._texts: dict[str, list[str]] = {}
        self._blocks: dict[str, list[dict[str, Any]]] = {}
        self._calls: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}

    @property
    def bytes(self) -> int:
        """Of everything that came: no model writes more tokens than that."""
        texts = [part for parts in self._texts.values() for part in parts]
        blocks = [block for each in self._blocks.values() for block in each]
        texts += [str(block.get(key) or "") for block in blocks for key in _GROWING]
        texts += [f"{call['name']}{''.join(call['parts'])}" for call in self._calls]
        return sum(len(text.encode(errors="replace")) for text in texts)

    def add(self, piece: Any) -> None:
        """Of several choices only the first counts; a piece may hold none, such as the one with the usage."""
        self.began = True
        self.model = take(piece, "model") or self.model
        self.usage = take(piece, "usage") or self.usage
        choices = take(piece, "choices") or ()
        if choices:
            self.finish = take(choices[0], "finish_reason") or self.finish
            self._grow(take(choices[0], "delta") or take(choices[0], "message") or {})

    def add_whole(self, reply: Any) -> None:
        """A reply in one piece, from a server that does not stream. Raises ValueError if it is none."""
        choices = take(reply, "choices")
        if not choices:
            raise ValueError(f"a reply without choices: {str(reply)[:200]}")
        self.add(reply)
        self.finish = self.finish or "stop"

    def message(self) -> dict[str, Any]:
        """In the shape of a chat message, for `chat.read_message`."""
        message: dict[str, Any] = {name: "".join(parts) for name, parts in self._texts.items()}
        message |= self._blocks
        message["tool_calls"] = [
            {
                "id": call["id"],
                "function": {"name": call["name"], "arguments": call["whole"] or "".join(call["parts"])},
                **{key: call[key] for key in ON_CALLS if key in call},
            }
            for call in self._calls
        ]
        return message

    def _grow(self, delta: Any) -> None:
        for name in _TEXTS:
            text = take(delta, name)
            if text:
                self._texts.setdefault(name, []).append(read_text(text))
        for name in _BLOCKS:
            for fragment in take(delta, name) or ():
                grow_block(self._blocks.setdefault(name, []), dict(fragment))
        for fragment in take(delta, "tool_calls") or ():
            self._grow_call(fragment)

    def _grow_call(self, fragment: Any) -> None:
        function = take(fragment, "function")
        call = self._call(take(fragment, "index"), take(fragment, "id"), take(function, "name"))
        arguments = take(function, "arguments")
        if isinstance(arguments, Mapping):  # ollama's own form
            call["whole"] = dict(arguments)
        elif arguments:
            call["parts"].append(str(arguments))
        for key in ON_CALLS:
            if take(fragment, key):
                call[key] = take(fragment, key)

    def _call(self, index: int | None, identity: str | None, name: str | None) -> dict[str, Any]:
        """The call that a fragment belongs to. Some servers number every call 0, or none."""
        place = self._places.get(index, -1) if index is not None else len(self._calls) - 1
        known = self._calls[place] if 0 <= place < len(self._calls) else None
        begins = index is None or (identity and known and known["id"] not in ("", identity))
        if known is None or (name and begins):
            known = {"id": "", "name": "", "parts": [], "whole": None}
            self._calls.append(known)
            if index is not None:
                self._places[index] = len(self._calls) - 1
        known["id"] = known["id"] or identity or ""
        known["name"] = known["name"] or name or ""
        return known


def grow_block(blocks: list[dict[str, Any]], fragment: dict[str, Any]) -> None:
    """Add a fragment to the last block of reasoning, or begin one; a signature ends its block."""
    fragment = {key: value for key, value in fragment.items() if value is not None}
    last = blocks[-1] if blocks else {}
    same = all(last.get(key) == fragment.get(key) for key in ("type", "index"))
    if not last or not same or last.get("signature") or "data" in fragment:
        blocks.append(fragment)
        return
    for key, value in fragment.items():
        last[key] = f"{last.get(key, '')}{value}" if key in _GROWING else value or last.get(key)
