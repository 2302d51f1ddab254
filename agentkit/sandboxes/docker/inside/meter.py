"""Meter: what the container's cgroup counts, of version 1 or 2; nothing where it cannot be read."""

from __future__ import annotations

import os
import time


class Meter:
    """Everything in the container but this process."""

    def __init__(self) -> None:
        self.own = self._own_memory()

    def seconds(self) -> float | None:
        """CPU seconds; None where nobody counts."""
        text = read("/sys/fs/cgroup/cpuacct/cpuacct.usage")
        if text:
            return int(text) / 1e9 - time.process_time()
        micro = fields("/sys/fs/cgroup/cpu.stat").get("usage_usec")
        return None if micro is None else micro / 1e6 - time.process_time()

    def memory(self) -> int:
        """Bytes of memory that no file stands behind, /tmp included."""
        old = fields("/sys/fs/cgroup/memory/memory.stat")
        new = fields("/sys/fs/cgroup/memory.stat")
        held = old.get("total_rss", 0) + old.get("total_shmem", 0) or new.get("anon", 0) + new.get("shmem", 0)
        return max(0, held - self.own)

    def refusals(self) -> tuple[int, int]:
        """How often the kernel killed for memory, and refused one more process."""
        killed = fields("/sys/fs/cgroup/memory/memory.oom_control") or fields("/sys/fs/cgroup/memory.events")
        refused = fields("/sys/fs/cgroup/pids/pids.events") or fields("/sys/fs/cgroup/pids.events")
        return killed.get("oom_kill", 0), refused.get("max", 0)

    def _own_memory(self) -> int:
        pages = read("/proc/self/statm").split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE") if len(pages) > 2 else 0


def read(path: str) -> str:
    """Empty where there is no such file."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def fields(path: str) -> dict[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in read(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
