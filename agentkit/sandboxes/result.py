"""What a command's end amounts to: its status, its CPU time, and what the exit code does not tell."""

from __future__ import annotations

from typing import Literal

from agentkit.contracts.sandbox import Limits

End = Literal["timeout", "silent", "stopped", "memory", "processes", "listener"]
"""Why we ended a command; None where it ended by itself."""


def status_of(end: End | None, code: int | None) -> Literal["ok", "failed", "timeout", "silent", "stopped"]:
    if end == "timeout" or end == "silent" or end == "stopped":
        return end
    return "ok" if end is None and code == 0 else "failed"


def settle(counted: float, sampled: float) -> float:
    """Both are lower bounds. The sampled one is coarse (ticks, the guards' last moments), so it only
    decides without a count, or where the count missed something (a set-uid program drops it)."""
    return sampled if sampled > 1.05 * counted + 0.1 or not counted else counted


def notes(end: End | None, limits: Limits, left: int) -> list[str]:
    """Lines for what the exit code does not tell."""
    lines = []
    if end == "memory":
        lines.append(f"[agentkit: killed, it held more than {limits.memory_bytes:,} bytes of memory]")
    if end == "processes":
        lines.append(f"[agentkit: killed, it ran more than {limits.processes} processes at once]")
    if left:
        lines.append(f"[agentkit: {left} processes could not be killed]")
    return lines
