"""Concurrency: how many calls at once an endpoint takes, learnt from its 429s and shared on this host."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from agentkit.models.shared_limit import Limit, SharedLimit
from agentkit.settings import default_cache

POLL_SECONDS = 0.01
"""How often the first caller in line looks for a slot that another process has freed."""
QUIET_SECONDS = 600.0
"""A limit that no 429 has confirmed for so long is forgotten."""
LONGEST_COOLDOWN = 60.0
"""Of our own choosing, once one call at a time is still too many."""

_endpoints: dict[tuple[Path, str], Endpoint] = {}
_registry = threading.Lock()


class TooLong(Exception):
    """The endpoint lets nobody in before the caller's time is over. `seconds`: until it does."""

    def __init__(self, endpoint: str, seconds: float) -> None:
        super().__init__(f"{endpoint} asked for a wait of another {seconds:.0f} s")
        self.seconds = seconds


def endpoint_of(provider: str, base_url: str | None = None, folder: Path | None = None) -> Endpoint:
    """The one Endpoint of this process for a provider at an address. Opens no file.

    `folder` is where the runs of one host meet; None: in agentkit's cache.
    """
    parts = urlsplit(base_url or "")
    usual = {"http": 80, "https": 443}.get(parts.scheme, 0)
    try:
        port = parts.port or usual
    except ValueError:  # no number; the client says so when it connects
        port = usual
    # Put together anew, so that a password in the address is in no file name and no message.
    name = f"{parts.scheme}://{parts.hostname}:{port}+{provider}" if parts.hostname else provider
    key = (folder or default_cache() / "endpoints", name)
    with _registry:
        if key not in _endpoints:
            _endpoints[key] = Endpoint(name, SharedLimit(*key))
        return _endpoints[key]


@dataclass(eq=False)
class Slot:
    """The right to one call. Say what became of it, before it is given back."""

    endpoint: Endpoint
    epoch: int
    """How often the limit had been cut when the call began."""
    place: int | None = None
    """Which of the host's places it holds; None while there is no limit."""

    def answered(self) -> None:
        self.endpoint.answered(self)

    def limited(self, retry_after: float | None = None) -> None:
        self.endpoint.limited(self, retry_after)


@dataclass(eq=False)
class _Ticket:
    """A caller in line. `woken` is set when it may be its turn."""

    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Endpoint:
    """Lets calls through at once until the provider says 429; from then on no more than a limit.

    Additive increase, multiplicative decrease. First come, first served within a process; the processes
    of a host take turns. Usable from several event loops, each in its thread.
    """

    def __init__(self, name: str, shared: SharedLimit) -> None:
        self.name = name
        self._shared = shared
        self._guard = threading.Lock()
        self._slots: set[Slot] = set()
        self._line: deque[_Ticket] = deque()
        self._successes = 0
        self._free_since = 0.0

    @property
    def limit(self) -> int | None:
        """Calls at once on this host; None: no 429 was seen lately."""
        return self._limit().calls

    @property
    def running(self) -> int:
        """Calls of this process that hold a slot."""
        return len(self._slots)

    def standing(self) -> str:
        """What a caller who waited in vain is told."""
        return f"{self.name} takes {self.limit} calls at once, and {len(self._line)} are waiting here"

    @asynccontextmanager
    async def slot(self, seconds: float | None = None) -> AsyncIterator[Slot]:
        """Wait for a turn; the slot is given back at the end, or by the kernel if the process dies.

        Raises TooLong as soon as it is known that no turn can come within `seconds`.
        """
        until = None if seconds is None else time.monotonic() + seconds
        slot, _ = self._enter(until)
        if slot is None:
            slot = await self._wait_in_line(until)
        try:
            yield slot
        finally:
            self._leave(slot)

    async def _wait_in_line(self, until: float | None) -> Slot:
        ticket = _Ticket(asyncio.get_running_loop())
        with self._guard:
            self._line.append(ticket)
        try:
            while True:
                pause: float | None = None
                ticket.woken.clear()
                if self._line[0] is ticket:
                    slot, pause = self._enter(until, ticket)
                    if slot is not None:
                        return slot
                timer = ticket.loop.call_later(pause, ticket.woken.set) if pause is not None else None
                try:
                    await ticket.woken.wait()
                finally:
                    if timer is not None:
                        timer.cancel()
        finally:
            with self._guard:
                if ticket in self._line:
                    self._line.remove(ticket)
                self._wake_first()

    def _enter(self, until: float | None, ticket: _Ticket | None = None) -> tuple[Slot | None, float]:
        """A slot, or after how many seconds to look again. Without a ticket: only if nobody is in line."""
        with self._guard:
            limit = self._limit()
            slot = Slot(self, limit.epoch)
            pause = limit.open_at - time.time()
            if pause > 0:
                if until is not None and time.monotonic() + pause >= until:
                    raise TooLong(self.name, pause)
                return None, pause
            if ticket is None and self._line:
                return None, 0.0
            if limit.calls is not None:
                self._settle(limit.calls)
                if len(self._slots) >= limit.calls:
                    # Ours end with a wake-up; that another process has raised the limit must be seen.
                    return None, 25 * POLL_SECONDS
                slot.place = self._find_place(limit.calls)
                if slot.place is None:
                    return None, POLL_SECONDS
            self._slots.add(slot)
            return slot, 0.0

    def _find_place(self, calls: int) -> int | None:
        """A place of the host. A process with its fair share leaves a free one to others for a moment."""
        now = time.monotonic()
        place = self._shared.take(calls)
        if place is None:
            self._free_since = 0.0
            return None
        share = -(-calls // self._shared.processes(now))
        if len(self._slots) < share:
            return place
        if not self._free_since:
            self._free_since = now
        if now - self._free_since < 3 * POLL_SECONDS:
            self._shared.give(place)
            return None
        self._free_since = 0.0
        return place

    def _settle(self, calls: int) -> None:
        """Places for the calls that were let in before there was a limit."""
        for slot in self._slots:
            if slot.place is None:
                slot.place = self._shared.take(max(len(self._slots), calls))

    def _leave(self, slot: Slot) -> None:
        with self._guard:
            self._slots.discard(slot)
            if slot.place is not None:
                self._shared.give(slot.place)
            if not self._slots and not self._line:
                self._shared.retire()
            self._wake_first()

    def _wake_first(self) -> None:
        while self._line and self._line[0].loop.is_closed():
            self._line.popleft()  # whoever waited there is gone without a word
        if self._line:
            first = self._line[0]
            first.loop.call_soon_threadsafe(first.woken.set)

    def _limit(self) -> Limit:
        limit = self._shared.read()
        if limit.calls is not None and time.time() > max(limit.cut_at, limit.open_at) + QUIET_SECONDS:
            return Limit(epoch=limit.epoch)
        return limit

    def answered(self, slot: Slot) -> None:
        """A call went well. Enough of them, and one more call at once is let in."""
        with self._guard:
            limit = self._limit()
            if limit.calls is None:
                return
            if limit.strikes:
                self._shared.change(lambda now: now.model_copy(update={"strikes": 0}))
            if not self._line and len(self._slots) < limit.calls:
                return  # that fewer went well says nothing of more
            self._successes += 1
            if self._successes < limit.window:
                return
            self._successes = 0
            self._shared.change(lambda now: now.raised())
            self._wake_first()

    def limited(self, slot: Slot, retry_after: float | None) -> None:
        """The provider said 429. Calls that began before the last cut say nothing new about the limit."""
        with self._guard:
            allowed = self._limit().calls or len(self._slots)
            self._successes = 0

            def cut_once(now: Limit) -> Limit:
                if now.epoch != slot.epoch:
                    return now.closed(retry_after)
                return now.cut(allowed, retry_after, LONGEST_COOLDOWN)

            self._shared.change(cut_once)
            self._settle(allowed)
