"""What a command's end amounts to: its status, its CPU time, and what the exit code does not tell."""

from __future__ import annotations

from typing import Literal

from agentkit.contracts.sandbox import Limits

End = Literal["timeout", "silent", "stopped", "memory", "processes", "disk", "listener"]
"""Why we ended a command; None where it ended by itself."""


def status_of(end: End | None, code: int | None) -> Literal["ok", "failed", "timeout", "silent", "stopped"]:
    if end == "timeout" or end == "silent" or end == "stopped":
        return end
    return "ok" if end is None and code == 0 else "failed"


def settle(counted: float, sampled: float) -> float:
    """Both are lower bounds. The sampled one is coarse (ticks, the guards' last moments), so it only
    decides without a count, or where the count missed something (a set-uid program drops it)."""
    return sampled if sampled > 1.05 * counted + 0.1 or not counted else counted


def notes(end: End | None, limits: Limits, left: int, refused: int = 0) -> list[str]:
    """Lines for what the exit code does not tell. `refused`: forks, by the kernel."""
    lines = []
    if end == "memory":
        lines.append(f"[agentkit: killed, it held more than {limits.memory_bytes:,} bytes of memory]")
    if end == "processes":
        lines.append(f"[agentkit: killed, it ran more than {limits.processes} processes at once]")
    if end == "disk":
        lines.append(f"[agentkit: killed, it added more than {limits.disk_bytes:,} bytes to a folder]")
    if refused and limits.processes is not None:
        lines.append(
            f"[agentkit: it asked for more than {limits.processes} processes and threads at once; "
            f"the kernel refused {refused:,} times]"
        )
    if left:
        lines.append(f"[agentkit: {left} processes could not be killed]")
    return lines
