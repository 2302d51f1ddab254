"""Turns: the first call over some files goes alone, so that later ones find them cached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class FirstAlone:
    """Of calls that begin alike: sent at once, each would pay for the beginning in full."""

    def __init__(self) -> None:
        self._first: dict[Hashable, asyncio.Event] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """The first of a key goes on at once; others wait until it is through, and then go on together."""
        event = self._first.get(key)
        if event is not None:
            await event.wait()
            yield
            return
        event = self._first[key] = asyncio.Event()
        try:
            yield
        finally:
            event.set()
