"""Sandbox: where a command runs, and what it cannot reach from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from agentkit.contracts.record import Record

OnOutput = Callable[[bytes], None]
"""Called with each piece of a command's output as it comes, stdout and stderr together."""

Wall = Literal[
    "hidden_files",
    "other_files",
    "system_read_only",
    "private_tmp",
    "host_processes",
    "host_variables",
    "network",
    "allowed_hosts",
    "privileges",
    "system_calls",
    "memory",
    "cpu",
    "processes",
    "disk",
    "file_size",
    "wall_clock",
    "silence",
    "leftovers",
    "gpu",
]
"""What a sandbox may keep a command from, or hold it to.

`hidden_files`: `Environment.masks` look absent. `other_files`: only what was mounted is seen.
`privileges`: no capability, no new privilege, no further namespace. `system_calls`: a seccomp filter.
`memory` to `silence`: the limits of that name. `leftovers`: no process outlives its command.
"""


class Mount(Record):
    """A host path that a command may see. Read-only unless said otherwise."""

    source: Path
    target: Path
    writable: bool = False


class Limits(Record):
    """What a command may use. None: no limit of ours."""

    seconds: float | None = 3600.0
    """Wall clock; then the whole process tree is killed."""
    silent_seconds: float | None = None
    """Wall clock without a byte of output."""
    memory_bytes: int | None = None
    cpu_cores: float | None = None
    """Processor seconds in a second, over the whole tree."""
    processes: int | None = None
    """Threads count, where the kernel does the counting."""
    file_bytes: int | None = None
    """The largest single file that may be written."""
    disk_bytes: int | None = None
    """What the command may add to its folder and to /tmp, each."""


class Environment(Record):
    """What a task needs around a command: data to see, files to hide, variables, limits."""

    mounts: tuple[Mount, ...] = ()
    masks: tuple[Path, ...] = ()
    """Host paths that must look absent or empty from inside: held-out data, reference solutions."""
    variables: Mapping[str, str] = Field(default_factory=dict)
    limits: Limits = Limits()
    network: bool = False
    hosts: tuple[str, ...] = ()
    """`name:port` that may be reached, through a proxy outside, while `network` is False."""
    gpus: tuple[str, ...] = ()
    """Devices of the host, as leased: numbers or UUIDs."""
    needs: frozenset[Wall] = frozenset()
    """Walls without which this must not run; a sandbox that lacks one refuses the command."""


class Command(Record):
    """One command. `folder` is the host's folder that is writable inside and is the working directory."""

    argv: tuple[str, ...]
    folder: Path
    environment: Environment = Environment()
    folder_writable: bool = True
    channel: bool = False
    """Keep stdin and stdout as a byte channel to the caller (`Job.channel`); then only stderr is output."""
    log: Path | None = None
    """Where the full output goes; None: it is kept only as far as `CommandResult.output` shows it."""


class CommandResult(Record):
    """How a command ended, and what it cost. CPU seconds are those of its whole process tree."""

    status: Literal["ok", "failed", "timeout", "silent", "stopped"]
    exit_code: int | None
    """Negative: ended by that signal. None: never known."""
    output: str
    """Head, error lines and tail of stdout and stderr together, valid UTF-8 without control codes."""
    truncated_from: int | None = None
    """Length in bytes of the full output, if `output` is not all of it."""
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int = 0


class Channel(Protocol):
    """The two pipes to a command that only answers questions."""

    async def write(self, data: bytes) -> None: ...

    async def read(self, count: int) -> bytes:
        """Exactly `count` bytes; EOFError if the command ended or closed its side before."""


class Job(Protocol):
    """A command that has been started."""

    @property
    def channel(self) -> Channel:
        """Only for a command started with `channel=True`."""

    async def wait(self) -> CommandResult:
        """Until it has ended and no process of its tree is left."""

    async def stop(self) -> CommandResult:
        """Kill the whole tree now, and wait."""


class Sandbox(Protocol):
    """One way to run commands. The name goes into every outcome as `isolation`."""

    @property
    def name(self) -> str: ...

    @property
    def walls(self) -> Mapping[Wall, str]:
        """What it enforces, and by what: "cgroup", "rlimit", "watchdog", "mount namespace" …"""

    async def start(self, command: Command, on_output: OnOutput | None = None) -> Job: ...

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        """`start` and `wait`; a caller's cancellation stops the command first."""

    async def close(self) -> None:
        """Remove what was kept between commands. It may be used again afterwards."""
