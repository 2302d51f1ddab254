"""Turns: whose turn it is, and with which devices. Pure: every process that looks comes to the same answer.

Runs take turns, not jobs: first comes the run that holds the fewest devices, and among equals the one that
asked first. A run's second waiting job counts as if its first already had what it asks for. Nobody overtakes
at the cost of one before it: what an earlier ticket could use is kept for it until it has all it needs, and
a device that an exclusive ticket waits for takes no new sharers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_SHARERS = 4
"""Correctness runs on one device: they share its memory, too."""


@dataclass(frozen=True)
class Claim:
    """What one ticket asks for, or has: `devices` is empty while it waits."""

    name: str
    """Sorts by arrival."""
    run: str
    exclusive: bool
    count: int
    among: tuple[str, ...]
    devices: tuple[str, ...] = ()


@dataclass
class Use:
    """Of the devices by those before a ticket."""

    exclusive: set[str] = field(default_factory=set)
    sharers: Counter[str] = field(default_factory=Counter)
    kept: set[str] = field(default_factory=set)
    """For an earlier ticket that still lacks others."""

    def add(self, claim: Claim, devices: Iterable[str]) -> None:
        if claim.exclusive:
            self.exclusive.update(devices)
        else:
            self.sharers.update(devices)

    def free(self, claim: Claim) -> list[str]:
        """What it could have now, the least used first."""
        most = 0 if claim.exclusive else MOST_SHARERS - 1
        found = [
            each
            for each in claim.among
            if each not in self.exclusive and each not in self.kept and self.sharers[each] <= most
        ]
        return sorted(found, key=lambda each: self.sharers[each])

    def keep(self, claim: Claim) -> None:
        """For a ticket that cannot have all it needs: nobody after it takes what it is waiting for."""
        wanted = self.free(claim)
        if claim.exclusive:
            shared = [
                each for each in claim.among if self.sharers[each] and each not in self.exclusive | self.kept
            ]
            wanted += sorted(shared, key=lambda each: self.sharers[each])
        self.kept.update(wanted[: claim.count])


def in_order(waiting: Iterable[Claim], holding: Iterable[Claim]) -> list[Claim]:
    has: Counter[str] = Counter()
    for claim in holding:
        has[claim.run] += len(claim.devices)
    ranked = []
    for claim in sorted(waiting, key=lambda each: each.name):
        ranked.append((has[claim.run], claim.name, claim))
        has[claim.run] += claim.count
    return [claim for *_, claim in sorted(ranked, key=lambda each: each[:2])]


def allot(waiting: Iterable[Claim], holding: Iterable[Claim]) -> Mapping[str, tuple[str, ...]]:
    """Devices by the name of each ticket whose turn it is now."""
    holders = list(holding)
    use = Use()
    for claim in holders:
        use.add(claim, claim.devices)
    turns: dict[str, tuple[str, ...]] = {}
    for claim in in_order(waiting, holders):
        free = use.free(claim)
        if len(free) >= claim.count:
            turns[claim.name] = tuple(free[: claim.count])
            use.add(claim, turns[claim.name])
        else:
            use.keep(claim)
    return turns
