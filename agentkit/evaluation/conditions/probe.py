"""Probe: the counters of a machine at one moment. Two of them tell what happened in between."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.evaluation.conditions.reference_work import reference_seconds
from agentkit.sandboxes.gpus.gpu_state import GpuState, gpu_states

CPUS = Path("/sys/devices/system/cpu")


class Probe(Record):
    """Counters run since boot. None: this machine does not say."""

    boot: str
    at: float
    """Seconds since boot."""
    cores: int
    reference: float
    """CPU seconds of the reference work, now."""
    busy: float
    """CPU seconds of all processes, on all cores."""
    stolen: float = 0.0
    """Seconds in which the host of a virtual machine ran something else, on all cores."""
    waited: float | None = None
    """Wall seconds in which somebody waited for a processor."""
    throttled: int | None = None
    """How often heat or power held a core down."""
    clock_mhz: float | None = None
    """Of the cores, on average."""
    gpus: tuple[GpuState, ...] = ()


def probe(devices: Sequence[str] = ()) -> Probe:
    """Look once: 80 ms of CPU time, and up to a second where there are `devices` (UUIDs) to ask for."""
    reference, gpus = reference_seconds(), gpu_states(devices)
    stat = Path("/proc/stat").read_text(encoding="ascii")
    busy, stolen = processor_seconds(stat)
    return Probe(
        boot=Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        at=time.clock_gettime(time.CLOCK_BOOTTIME),
        cores=len(re.findall(r"^cpu\d", stat, re.MULTILINE)),
        reference=reference,
        busy=busy,
        stolen=stolen,
        waited=waited_seconds(Path("/proc/pressure/cpu")),
        throttled=throttle_count(CPUS),
        clock_mhz=clock(CPUS),
        gpus=gpus,
    )


def processor_seconds(stat: str) -> tuple[float, float]:
    """Of the whole machine: busy, stolen."""
    user, nice, system, _idle, _io, irq, softirq, steal, *_ = map(int, stat.split("\n", 1)[0].split()[1:])
    tick = os.sysconf("SC_CLK_TCK")
    # Time of guests is counted in user's already.
    return (user + nice + system + irq + softirq) / tick, steal / tick


def waited_seconds(path: Path) -> float | None:
    with contextlib.suppress(OSError):
        found = re.search(r"^some .*total=(\d+)", path.read_text(encoding="ascii"), re.MULTILINE)
        return int(found[1]) / 1e6 if found else None
    return None


def throttle_count(cpus: Path) -> int | None:
    counts = numbers(cpus, "cpu[0-9]*/thermal_throttle/core_throttle_count")
    return round(sum(counts)) if counts else None


def clock(cpus: Path) -> float | None:
    kilohertz = numbers(cpus, "cpu[0-9]*/cpufreq/scaling_cur_freq")
    return sum(kilohertz) / len(kilohertz) / 1000 if kilohertz else None


def numbers(folder: Path, pattern: str) -> list[float]:
    found = []
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError, ValueError):
            found.append(float(path.read_text(encoding="ascii")))
    return found
