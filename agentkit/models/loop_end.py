"""Close what was opened for an event loop when the loop ends, so that no caller has to remember it."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable

_closers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AsyncGenerator[None, None]]] = (
    weakref.WeakKeyDictionary()
)


async def at_end_of_loop(name: str, close: Callable[[], Awaitable[None]]) -> None:
    """Call `close` once, within the running loop, just before it is closed; `name` says what is closed.

    `asyncio.run` closes the asynchronous generators of its loop just before the loop itself.
    """
    closers = _closers.setdefault(asyncio.get_running_loop(), {})
    if name not in closers:
        closers[name] = closer = _closing(close)
        await anext(closer)


async def _closing(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await close()
