"""Bounds: what a command may use beside time, and who keeps it to that.

The kernel where control groups are permitted; else rlimits, set at the gate, and a look at the tree
every 0.1 s. What is on disk is watched in either case.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.sandbox import Limits, Wall
from agentkit.errors import AgentkitError
from agentkit.sandboxes.cgroup import CommandGroup, group_parents
from agentkit.sandboxes.disk import DiskWatch
from agentkit.sandboxes.process_tree import Identity, ProcessTree, look
from agentkit.sandboxes.result import End


def walls_of_bounds() -> dict[Wall, str]:
    """How a program of this machine is held to its limits, here and now."""
    parents = group_parents()
    walls: dict[Wall, str] = {
        "memory": "cgroup" if parents else "rlimit, watchdog",
        "processes": "cgroup" if parents else "watchdog",
        "disk": "watchdog",
        "file_size": "rlimit",
        "wall_clock": "watchdog",
        "silence": "watchdog",
    }
    # Without a group there is nothing that a process could not undo for itself.
    return walls | ({"cpu": "cgroup"} if parents and "cpu" in parents.folders else {})


class Bounds:
    """Opened on a command at its gate, asked while it runs, closed when all of it is gone."""

    def __init__(self, limits: Limits, tree: ProcessTree) -> None:
        self.limits = limits
        self.memory_kills = 0
        """Processes that the kernel ended for want of memory."""
        self.fork_refusals = 0
        self._tree = tree
        self._group: CommandGroup | None = None
        self._disk: DiskWatch | None = None

    async def open(self, gate: int, folders: Sequence[Path]) -> None:
        """AgentkitError if the kernel permits groups and then does not take this process."""
        parents = group_parents()
        if parents is not None:
            try:
                self._group = CommandGroup.make(parents, self.limits)
                self._group.add(gate)
            except OSError as error:
                raise AgentkitError(f"The command could not be put into a control group: {error}") from error
        if self.limits.disk_bytes is not None and folders:
            self._disk = await asyncio.to_thread(DiskWatch, folders, self.limits.disk_bytes)

    def over(self) -> End | None:
        """After a look at the tree."""
        limits = self.limits
        if self.killed_for_memory() or (
            limits.memory_bytes is not None and self._tree.memory > limits.memory_bytes
        ):
            return "memory"
        if limits.processes is not None and self._tree.count > limits.processes:
            return "processes"
        if self._disk and self._disk.over(lambda: [each.pid for each in self._tree.seen()]):
            return "disk"
        return None

    def killed_for_memory(self) -> bool:
        if self._group:
            self.memory_kills = self._group.memory_kills()
        return self.memory_kills > 0

    def forbid_forks(self) -> None:
        if self._group:
            self._group.forbid_forks()

    def members(self) -> list[Identity]:
        """What the kernel still counts to the command, whoever its parent is by now."""
        pids: Mapping[int, None] = dict.fromkeys(self._group.pids() if self._group else [])
        sights = [look(pid) for pid in pids]
        return [sight.identity for sight in sights if sight and not sight.zombie]

    def close(self) -> None:
        if self._group:
            with contextlib.suppress(OSError):
                self.fork_refusals = self._group.fork_refusals()
            self._group.remove()
            self._group = None
