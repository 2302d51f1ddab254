"""Broker: leases of GPUs, kept in files, so that runs which know nothing of each other share a host.

Each device has a lock file. A lease for correctness runs locks it shared, one for timed work exclusively.
The locks belong to the process that asked (a job's supervisor), and the kernel frees them when it ends,
however it ends. Whoever gets a device next first ends what the dead one's job still has running.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

from agentkit.errors import MissingRequirement, RunProblem, UsageError
from agentkit.sandboxes.gpus.devices import VARIABLE, Device, find_devices
from agentkit.sandboxes.gpus.holder import Holder
from agentkit.sandboxes.gpus.leftovers import clean_up_after
from agentkit.sandboxes.gpus.tickets import OwnTicket, Seen, Ticket, lock_file, read_tickets, sweep
from agentkit.sandboxes.gpus.turns import allot, in_order
from agentkit.sandboxes.process_tree import Identity
from agentkit.settings import default_cache

POLL_SECONDS = (0.02, 0.2)
"""Between two looks at whether anything was given back: for the first in the line, for the far ones."""
LOOK_SECONDS = 0.25
"""A death announces itself to nobody, so the first in the line looks this often in any case."""
LATE_LOOK_SECONDS = 0.03
"""Added for each ticket before it."""


class Lease:
    """Devices of one's own, or shared with others, until the lease ends."""

    def __init__(self, own: OwnTicket, queued_seconds: float) -> None:
        self._own = own
        self._began = time.monotonic()
        self.devices: tuple[str, ...] = own.ticket.devices
        """Ids for `CUDA_VISIBLE_DEVICES` and for docker."""
        self.exclusive = own.ticket.exclusive
        self.queued_seconds = queued_seconds
        """Wall seconds in the line and of cleaning up; they are nobody's working time."""

    @property
    def variables(self) -> Mapping[str, str]:
        """For the environment of the job."""
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.devices)}

    @property
    def device_seconds(self) -> float:
        """Wall seconds held so far, times devices."""
        return len(self.devices) * (time.monotonic() - self._began)

    def note(self, root: Identity | None = None, container: str = "") -> None:
        """Write down what was started, for whoever cleans up if this process dies."""
        holder = self._own.ticket.holder
        known = {"root": root or holder.root, "container": container or holder.container}
        self._own.write(self._own.ticket.model_copy(update={"holder": holder.model_copy(update=known)}))


class Broker:
    """The devices of this host that this process may use, and the line for them."""

    def __init__(self, folder: Path, devices: Sequence[Device]) -> None:
        self.folder = folder
        self.devices = tuple(devices)
        self._tickets = folder / "tickets"
        self._given_back = folder / "given_back"

    @contextlib.asynccontextmanager
    async def lease(self, count: int, *, exclusive: bool, holder: Holder) -> AsyncIterator[Lease]:
        """Wait for `count` devices, all or none, and hold them. End the job's processes before leaving.

        Raises MissingRequirement if there never will be so many, RunProblem if a device's last user
        cannot be ended. Cancellation leaves the line.
        """
        self._check(count)
        began = time.monotonic()
        own = await self._join(count, exclusive, holder)
        locks: list[int] = []
        try:
            await self._wait(own, locks)
            for dead in self._unclosed(own):
                await clean_up_after(self._tickets, dead)
            yield Lease(own, time.monotonic() - began)
        finally:
            try:
                own.forget()
            finally:
                for lock in locks:
                    os.close(lock)
                own.close()
                self._tell()

    def tickets(self) -> list[Seen]:
        """Who holds and who waits, by arrival; a ticket whose owner is dead waits to be cleaned up after."""
        return read_tickets(self._tickets)

    def _check(self, count: int) -> None:
        if count < 1:
            raise UsageError(f"A lease is for one GPU or more; {count} were asked for.")
        if count > len(self.devices):
            names = ", ".join(f"{each.index}: {each.name}" for each in self.devices) or "none"
            raise MissingRequirement(
                f"The job needs {count} GPU{'s' if count > 1 else ''}; this machine has {len(self.devices)}.",
                f"Found: {names}",
                f"Next: agentkit doctor. To try the machinery without GPUs: {VARIABLE}=fake:8",
            )

    async def _join(self, count: int, exclusive: bool, holder: Holder) -> OwnTicket:
        ticket = Ticket(
            holder=holder,
            exclusive=exclusive,
            count=count,
            among=tuple(each.id for each in self.devices),
            since=time.time(),
        )
        try:
            self._tickets.mkdir(parents=True, exist_ok=True)
            while True:
                with self._line() as mine:
                    if mine:
                        return OwnTicket(self._tickets, ticket)
                await pause(POLL_SECONDS[0])
        except OSError as error:
            raise RunProblem(
                f"GPUs cannot be leased: {self.folder} cannot be written ({error.strerror}).",
                "It is where the runs of this host agree on who uses which GPU.",
                "Next: mend its permissions, or set XDG_CACHE_HOME to a folder that can be written.",
            ) from error

    async def _wait(self, own: OwnTicket, locks: list[int]) -> None:
        """Until this ticket's devices are locked, in `locks`."""
        seen, looked = -1, 0.0
        before = 0
        while True:
            now, given_back = time.monotonic(), self._last_given_back()
            # Those far behind need not all look whenever one device is given back.
            near = before < len(self.devices)
            if near and given_back != seen or now - looked > LOOK_SECONDS + LATE_LOOK_SECONDS * before:
                with self._line() as mine:
                    if mine:
                        before = self._advance(own, locks)
                        if locks:
                            return
                        seen, looked = given_back, now
            await pause(min(POLL_SECONDS[1], POLL_SECONDS[0] * (1 + before)))

    def _advance(self, own: OwnTicket, locks: list[int]) -> int:
        """Take the devices if it is this ticket's turn; returns how many are before it."""
        tickets = read_tickets(self._tickets)
        sweep(self._tickets, tickets)
        alive = [each.claim for each in tickets if each.alive]
        waiting = [each for each in alive if not each.devices]
        holding = [each for each in alive if each.devices]
        devices = allot(waiting, holding).get(own.name, ())
        for device in devices:
            how = fcntl.LOCK_EX if own.ticket.exclusive else fcntl.LOCK_SH
            lock = lock_file(self.folder / f"{device}.lock", how)
            if lock is None:  # given back in its record, but not yet by the kernel
                while locks:
                    os.close(locks.pop())
                return 0
            locks.append(lock)
        if devices:
            own.write(own.ticket.model_copy(update={"devices": devices, "since": time.time()}))
        names = [each.name for each in in_order(waiting, holding)]
        return names.index(own.name) if own.name in names else 0

    def _unclosed(self, own: OwnTicket) -> list[Seen]:
        """Records of holders that died with one of these devices."""
        mine = set(own.ticket.devices)
        return [
            each
            for each in read_tickets(self._tickets)
            if each.name != own.name
            and mine & set(each.ticket.devices)
            # Beside an exclusive lock nobody can be alive: its lock is held by one who cleans up.
            and (own.ticket.exclusive or each.ticket.exclusive or not each.alive)
        ]

    def _tell(self) -> None:
        """Those who wait look when this file's time changes."""
        now = time.time_ns()
        with contextlib.suppress(OSError):
            self._given_back.touch()
            os.utime(self._given_back, ns=(now, now))

    def _last_given_back(self) -> int:
        try:
            return self._given_back.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    @contextlib.contextmanager
    def _line(self) -> Iterator[bool]:
        """Whether the line is this process's to change now. Others hold it for milliseconds."""
        lock = lock_file(self.folder / "line.lock", fcntl.LOCK_EX)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                os.close(lock)


async def pause(seconds: float) -> None:
    """About so long: those who wait must not look in step."""
    await asyncio.sleep(seconds * random.uniform(0.7, 1.3))


def open_broker(folder: Path | None = None, devices: Sequence[Device] | None = None) -> Broker:
    """`folder` is where the runs of one host meet; None: agentkit's cache. `devices` None: all there are."""
    # Homes may be shared between hosts; devices and processes are not.
    place = folder or default_cache() / "gpus" / socket.gethostname()
    return Broker(place, find_devices() if devices is None else devices)
