"""GPU watch: what leased devices did while a command had them, by nvidia-smi and the kernel's log.

Not seen on a GPU; tested with a program that stands in for nvidia-smi.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.sandboxes.gpus.gpu_state import FORMAT, STATE_QUERIES, GpuState, parse_states
from agentkit.sandboxes.gpus.xid import KERNEL_LOG, KernelLog, Xid, parse_xids, short_bus
from agentkit.sandboxes.jobs.folder import JobFolder
from agentkit.source.excerpt import cut_line, printable

LOOK_MS = 500
"""Between two looks. One nvidia-smi takes them all: to start it takes up to a second of a processor."""
LEASE_LOOK_SECONDS = 0.1
NAME_CHARS = 12
SHOWN_XIDS = 5


@dataclass
class DeviceUse:
    """One device, from the first look to the last."""

    id: str
    looks: int = 0
    bus: str = ""
    memory_peak_mib: float | None = None
    memory_mib: float | None = None
    celsius_peak: float | None = None
    busy: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Sum of percents, and how many."""
    clocks: tuple[float, float] | None = None
    """Lowest and highest of the SMs in MHz while it was busy."""
    throttles: Counter[str] = field(default_factory=Counter)
    """In how many looks each held the clocks down."""

    def add(self, state: GpuState) -> None:
        self.looks += 1
        self.bus = state.bus
        self.memory_mib = state.memory_mib
        self.memory_peak_mib = larger(self.memory_peak_mib, state.memory_used_mib)
        self.celsius_peak = larger(self.celsius_peak, state.celsius)
        if state.busy_percent is not None:
            self.busy[0] += state.busy_percent
            self.busy[1] += 1
        if state.busy_percent and state.sm_clock_mhz:
            low, high = self.clocks or (state.sm_clock_mhz, state.sm_clock_mhz)
            self.clocks = (min(low, state.sm_clock_mhz), max(high, state.sm_clock_mhz))
        self.throttles.update(state.throttles)

    @property
    def busy_percent(self) -> float | None:
        return self.busy[0] / self.busy[1] if self.busy[1] else None

    def facts(self) -> dict[str, object]:
        return {
            "id": self.id, "looks": self.looks, "memory_peak_mib": self.memory_peak_mib,
            "memory_mib": self.memory_mib, "busy_percent": self.busy_percent, "sm_clock_mhz": self.clocks,
            "celsius_peak": self.celsius_peak, "throttles": dict(self.throttles),
        }  # fmt: skip

    def __str__(self) -> str:
        parts = []
        if self.memory_peak_mib is not None:
            of = f" of {self.memory_mib / 1024:.1f}" if self.memory_mib else ""
            parts.append(f"memory at most {self.memory_peak_mib / 1024:.1f}{of} GiB")
        if self.busy_percent is not None:
            parts.append(f"{self.busy_percent:.0f} % busy")
        if self.clocks is not None:
            low, high = self.clocks
            parts.append(f"SMs at {low:g}{f' to {high:g}' if high > low else ''} MHz")
        if self.celsius_peak is not None:
            parts.append(f"{self.celsius_peak:g} degrees at most")
        parts += [
            f"held down by {why} in {count} of {self.looks} looks" for why, count in self.throttles.items()
        ]
        return f"{self.id[:NAME_CHARS]}: {', '.join(parts) or 'it says nothing of itself'}"


class GpuWatch:
    """`follow` a job from before it has its lease, then `end`."""

    def __init__(self, program: str = "nvidia-smi", kernel_log: Path = KERNEL_LOG) -> None:
        self.devices: dict[str, DeviceUse] = {}
        self.xids: tuple[Xid, ...] | None = None
        """None: the kernel's log is closed to this user."""
        self._program = program
        self._kernel_path = kernel_log
        self._kernel_log: KernelLog | None = None
        self._task: asyncio.Task[None] | None = None

    def follow(self, place: JobFolder) -> None:
        """Of a job that begins again the last try counts."""
        if self._task is not None:
            self._task.cancel()
        self.devices.clear()
        self._kernel_log = self._kernel_log or KernelLog(self._kernel_path)
        self._task = asyncio.create_task(self._follow(place))

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._kernel_log is not None:
            text = self._kernel_log.read()
            self._kernel_log.close()
            if text is not None:
                self.xids = parse_xids(text, [each.bus for each in self.devices.values()])

    def lines(self) -> list[str]:
        """For the model."""
        found = [str(each) for each in self.devices.values()]
        names = {each.bus: each.id[:NAME_CHARS] for each in self.devices.values()}
        for xid in (self.xids or ())[:SHOWN_XIDS]:
            owner = next((name for bus, name in names.items() if short_bus(bus) == xid.bus), xid.bus)
            found.append(cut_line(printable(f"{owner}: {xid}"), 200))
        return found

    def facts(self) -> dict[str, object]:
        xids = None if self.xids is None else [each.model_dump() for each in self.xids]
        return {"devices": [each.facts() for each in self.devices.values()], "xids": xids}

    async def _follow(self, place: JobFolder) -> None:
        while (began := place.began) is None:
            await asyncio.sleep(LEASE_LOOK_SECONDS)
        path = shutil.which(self._program) if any(each.startswith("GPU-") for each in began.devices) else None
        if path is None:
            return
        for query in STATE_QUERIES:
            await self._look(path, query, began.devices)
            if self.devices:
                return

    async def _look(self, path: str, query: str, devices: Sequence[str]) -> None:
        """Until it ends by itself, as where the driver does not know the query's words, or is cancelled."""
        process = await asyncio.create_subprocess_exec(
            *(path, query, FORMAT, f"--id={','.join(devices)}", f"--loop-ms={LOOK_MS}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                for state in parse_states(line.decode("utf-8", "replace"), ""):
                    self.devices.setdefault(state.id, DeviceUse(state.id)).add(state)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def larger(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)
