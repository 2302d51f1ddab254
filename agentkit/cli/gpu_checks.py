"""Who uses which GPU of this host, as the runs that share it have agreed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from agentkit.cli.checkup import Check
from agentkit.sandboxes.gpus.broker import Broker
from agentkit.sandboxes.gpus.devices import is_fake
from agentkit.sandboxes.gpus.tickets import Seen


def check_leases(broker: Broker) -> Iterator[Check]:
    """A line for each device this process may use, and one for those who wait; none without devices."""
    tickets = broker.tickets()
    for device in broker.devices:
        holding = [each for each in tickets if device.id in each.ticket.devices]
        name = f"GPU lease {device.index}" + (" (a stand-in)" if is_fake(device.id) else "")
        yield Check(name, "info", "; ".join(map(described, holding)) or "free")
    waiting = [each for each in tickets if each.alive and not each.ticket.devices]
    if broker.devices and waiting:
        yield Check("GPU waiting", "info", described_line(waiting))


def described(seen: Seen) -> str:
    holder = seen.ticket.holder
    who = f"{holder.run} {holder.label}".strip()
    if not seen.alive:
        return f"{who} died with it; what it left running is ended when the next job takes the device"
    how = "alone" if seen.ticket.exclusive else "shared"
    minutes = (time.time() - seen.ticket.since) / 60
    return f"{who}, {how}, process {holder.pid}, for {minutes:.0f} minutes"


def described_line(waiting: Sequence[Seen]) -> str:
    runs = dict.fromkeys(each.ticket.holder.run for each in waiting)
    longest = max(time.time() - each.ticket.since for each in waiting) / 60
    jobs = f"{len(waiting)} job{'s' if len(waiting) > 1 else ''}"
    return f"{jobs} of {', '.join(runs)}; the first for {longest:.0f} minutes"
