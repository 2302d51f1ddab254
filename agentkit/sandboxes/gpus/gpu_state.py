"""GPUs as nvidia-smi shows them: clocks, what holds them down, heat, memory, and who computes on them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Iterable, Sequence

from agentkit.contracts.record import Record

FIELDS = (
    *("uuid", "clocks.sm", "clocks.mem", "temperature.gpu", "utilization.gpu"),
    *("memory.used", "memory.total", "pci.bus_id"),
)
REASONS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")
"""The driver's word for what holds the clocks down, and its older word."""
STATE_QUERIES = tuple(f"--query-gpu={','.join((*FIELDS, each))}" for each in REASONS)
"""Of which a driver knows one; `parse_states` reads its rows."""
FORMAT = "--format=csv,noheader,nounits"
THROTTLES = {0x08: "hardware", 0x20: "heat", 0x40: "heat (hardware)", 0x80: "power brake"}
"""Bits that mean something is wrong. An idle device, a set clock and the usual power cap are not."""
PROBE_SECONDS = 20.0


class GpuState(Record):
    """One device at one moment. None: it does not say."""

    id: str
    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    celsius: float | None = None
    busy_percent: float | None = None
    memory_used_mib: float | None = None
    """By whomever."""
    memory_mib: float | None = None
    bus: str = ""
    """Its PCI address, as `00000000:3B:00.0`."""
    throttles: tuple[str, ...] = ()
    processes: tuple[int, ...] = ()
    """Who computes on it."""


def gpu_states(devices: Sequence[str], program: str = "nvidia-smi") -> tuple[GpuState, ...]:
    """Of devices by UUID; empty without any, or where nvidia-smi does not answer. Takes up to a second."""
    path = shutil.which(program) if any(each.startswith("GPU-") for each in devices) else None
    if path is None:
        return ()
    for query in STATE_QUERIES:
        table = ask(path, query, devices)
        if table is not None:
            return parse_states(table, ask(path, "--query-compute-apps=gpu_uuid,pid", devices) or "")
    return ()


def ask(path: str, query: str, devices: Iterable[str]) -> str | None:
    command = [path, query, FORMAT, f"--id={','.join(devices)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def parse_states(table: str, processes: str) -> tuple[GpuState, ...]:
    """From both tables; a figure may be `[N/A]` or `[Not Supported]`."""
    computing: dict[str, list[int]] = {}
    for row in rows(processes, 2):
        if row[1].isdecimal():
            computing.setdefault(row[0], []).append(int(row[1]))
    found = []
    for id, sm, memory, celsius, busy, used, total, bus, reasons in rows(table, len(FIELDS) + 1):
        try:
            bits = int(reasons, 16)
        except ValueError:
            bits = 0
        found.append(
            GpuState(
                id=id,
                sm_clock_mhz=figure(sm),
                memory_clock_mhz=figure(memory),
                celsius=figure(celsius),
                busy_percent=figure(busy),
                memory_used_mib=figure(used),
                memory_mib=figure(total),
                bus=bus,
                throttles=tuple(name for bit, name in THROTTLES.items() if bits & bit),
                processes=tuple(computing.get(id, ())),
            )
        )
    return tuple(found)


def rows(table: str, columns: int) -> list[list[str]]:
    found = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(table))]
    return [row for row in found if len(row) == columns and row[0].startswith("GPU-")]


def figure(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
