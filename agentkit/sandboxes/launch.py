"""Launch: how a sandbox wants its own program started, and the gate in front of every command.

The gate is a few lines of `sh`. It says that the sandbox stands, waits until the harness has its
clocks on it, sets the limits that a process carries itself, and becomes the command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.contracts.sandbox import Limits

READY = b"\x1eagentkit: sandbox ready\x1e\n"
"""First line of the gate's stdout. What comes before it, the sandbox said itself."""

SHELL = "/bin/sh"


def gated(argv: Sequence[str], limits: Limits, *, channel: bool) -> tuple[str, ...]:
    """The command behind its gate: one line on stdin opens it. Without a channel stdin is then empty.

    Per process: no core dumps, `memory_bytes` of writable private memory (RLIMIT_DATA; unlike
    RLIMIT_AS it does not count address space that is only reserved, which CUDA does by the terabyte)
    and `file_bytes` a file, or `disk_bytes` if that is less (RLIMIT_FSIZE). What the whole tree uses is
    bounded by the process engine (`agentkit.sandboxes.bounds`).
    """
    lines = [r"printf '\036agentkit: sandbox ready\036\n'", "read -r _ || exit 125", "ulimit -c 0"]
    # A limit of the host that is lower already cannot be raised, and need not be.
    if limits.memory_bytes is not None:
        lines.append(f"ulimit -d {max(1, limits.memory_bytes // 1024)} 2>/dev/null || :")
    sizes = [each for each in (limits.file_bytes, limits.disk_bytes) if each is not None]
    if sizes:
        lines.append(f"ulimit -f {max(1, min(sizes) // 512)} 2>/dev/null || :")
    if not channel:
        lines.append("exec </dev/null")
    lines.append('exec "$@"')
    return (SHELL, "-c", "\n".join(lines), "sh", *argv)


@dataclass(frozen=True)
class Launch:
    """A sandbox's own program, which starts the gate and with it the command."""

    argv: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    limits: Limits
    guards: int
    """Processes above the gate that belong to the sandbox."""
    channel: bool = False
    log: Path | None = None
    marker: str = ""
    """`NAME=value` in the command's environment, by which its processes are known wherever they hide."""
    growing: tuple[Path, ...] = ()
    """Folders of the host that `Limits.disk_bytes` is about."""
    descriptors: tuple[int, ...] = ()
    """Kept open in the program."""
    after: Callable[[], None] = field(default=lambda: None)
    """Called once, when everything has ended: to remove what was made for this command."""
    negative_above_128: bool = False
    """The program reports a death by signal N as exit code 128 + N."""
