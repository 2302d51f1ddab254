"""Control groups: the kernel's own count of a command's memory, processes and processor time.

Used where they are permitted: version 2 below a group that is delegated to this user, or version 1 as
root. What is found is found by trying. Without them there are rlimits and the watchdog, which looks
every 0.1 s and so lets memory shoot over for that long.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from agentkit.contracts.sandbox import Limits

Controller = Literal["memory", "pids", "cpu"]
CONTROLLERS: tuple[Controller, ...] = ("memory", "pids", "cpu")
PREFIX = "agentkit-"
PERIOD = 100_000
"""Microseconds over which processor time is counted."""
STALE_SECONDS = 60.0
"""A group older than this without a process was left by a harness that was killed."""

FILES: Mapping[int, Mapping[str, str]] = {
    1: {
        "memory": "memory.limit_in_bytes",
        "swap": "memory.memsw.limit_in_bytes",
        "cpu": "cpu.cfs_quota_us",
        "killed": "memory.oom_control",
    },
    2: {"memory": "memory.max", "swap": "memory.swap.max", "cpu": "cpu.max", "killed": "memory.events"},
}


@dataclass(frozen=True)
class Parents:
    """Where groups of ours may be made: in version 1 a folder for each controller, in version 2 one."""

    version: int
    folders: Mapping[Controller, Path]


class CommandGroup:
    """The group of one command. Its processes stay in it, whatever they fork."""

    def __init__(self, parents: Parents, folders: Mapping[Controller, Path]) -> None:
        self._files = FILES[parents.version]
        self._version = parents.version
        self._folders = folders

    @classmethod
    def make(cls, parents: Parents, limits: Limits) -> CommandGroup:
        """OSError if the kernel refuses one of them; then nothing is left."""
        name = f"{PREFIX}{uuid.uuid4().hex[:16]}"
        folders = {controller: folder / name for controller, folder in parents.folders.items()}
        group = cls(parents, folders)
        try:
            for folder in dict.fromkeys(folders.values()):
                folder.mkdir()
            group._set(limits)
        except OSError:
            group.remove()
            raise
        return group

    def _set(self, limits: Limits) -> None:
        if limits.memory_bytes is not None and "memory" in self._folders:
            self._write("memory", self._files["memory"], limits.memory_bytes)
            swap = self._folders["memory"] / self._files["swap"]
            if swap.exists():  # Version 1 counts memory and swap together.
                self._write("memory", swap.name, limits.memory_bytes if self._version == 1 else 0)
        if limits.processes is not None and "pids" in self._folders:
            self._write("pids", "pids.max", limits.processes)
        if limits.cpu_cores is not None and "cpu" in self._folders:
            quota = max(1000, round(limits.cpu_cores * PERIOD))
            self._write("cpu", self._files["cpu"], quota if self._version == 1 else f"{quota} {PERIOD}")

    def add(self, pid: int) -> None:
        """With all its later children. OSError if it is gone."""
        for folder in dict.fromkeys(self._folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def forbid_forks(self) -> None:
        """From now on no process comes to it: whoever forks faster than one can look is caught too."""
        with contextlib.suppress(OSError):
            if "pids" in self._folders:
                self._write("pids", "pids.max", 0)

    def pids(self) -> list[int]:
        found: set[int] = set()
        for folder in dict.fromkeys(self._folders.values()):
            with contextlib.suppress(OSError):
                found |= set(map(int, (folder / "cgroup.procs").read_text().split()))
        return sorted(found - {0})

    def memory_kills(self) -> int:
        """How many processes the kernel has killed here for want of memory."""
        return self._event("memory", self._files["killed"], "oom_kill")

    def fork_refusals(self) -> int:
        return self._event("pids", "pids.events", "max")

    def remove(self) -> None:
        """A group with a process in it stays; the next harness on this machine tries again."""
        for folder in dict.fromkeys(self._folders.values()):
            remove(folder)

    def _write(self, controller: Controller, name: str, value: int | str) -> None:
        (self._folders[controller] / name).write_text(str(value))

    def _event(self, controller: Controller, name: str, event: str) -> int:
        if controller not in self._folders:
            return 0
        try:
            lines = (self._folders[controller] / name).read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) for line in lines if line.split()[:1] == [event])


def remove(folder: Path) -> None:
    """Its last process may still be on its way out."""
    for _ in range(20):
        try:
            folder.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.005)


@lru_cache
def group_parents() -> Parents | None:
    """None where this process may make no groups. Tried once; what dead harnesses left is removed."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        own = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    parents = find_parents(own, mounts)
    if parents is None:
        return None
    for folder in dict.fromkeys(parents.folders.values()):
        sweep(folder)
    return parents if works(parents) else None


def works(parents: Parents) -> bool:
    """Made, limited, given a process and removed."""
    try:
        group = CommandGroup.make(parents, Limits(memory_bytes=2**30, processes=100, cpu_cores=1.0))
    except OSError:
        return False
    with subprocess.Popen(["/bin/sh", "-c", "read _"], stdin=subprocess.PIPE) as waiting:
        try:
            group.add(waiting.pid)
        except OSError:
            return False
        finally:
            waiting.kill()
            waiting.wait()
            group.remove()
    return True


def find_parents(own: list[str], mounts: list[str]) -> Parents | None:
    """`own`: /proc/self/cgroup. `mounts`: /proc/self/mountinfo. Version 2 if it holds the controllers."""
    paths: dict[str, str] = {}
    for line in own:
        _, names, path = line.split(":", 2)
        paths |= dict.fromkeys(names.split(","), path)
    unified = [root for kind, root, _ in hierarchies(mounts) if kind == "cgroup2"]
    for root in unified:
        for folder in upwards(root, paths.get("", "/")):
            held = controllers_below(folder)
            if "memory" in held and "pids" in held and may_make(folder):
                return Parents(2, {each: folder for each in CONTROLLERS if each in held})
    folders: dict[Controller, Path] = {}
    for controller in CONTROLLERS:
        for kind, root, options in hierarchies(mounts):
            if kind == "cgroup" and controller in options and controller in paths:
                usable = [each for each in upwards(root, paths[controller]) if may_make(each)]
                folders |= {controller: usable[0]} if usable else {}
    return Parents(1, folders) if "memory" in folders and "pids" in folders else None


def hierarchies(mounts: list[str]) -> Iterator[tuple[str, Path, list[str]]]:
    """(cgroup or cgroup2, where it is mounted, its options)"""
    for line in mounts:
        before, _, after = line.partition(" - ")
        fields = after.split()
        if fields and fields[0] in ("cgroup", "cgroup2"):
            yield fields[0], Path(before.split()[4]), fields[2].split(",")


def upwards(root: Path, path: str) -> Iterator[Path]:
    """The group that we are in, and those above it. A group that its mount does not show is left out."""
    folder = root / path.lstrip("/")
    while folder.is_relative_to(root):
        if folder.is_dir():
            yield folder
        if folder == root:
            return
        folder = folder.parent


def controllers_below(folder: Path) -> list[str]:
    """Those that a group made in a folder of version 2 has; where processes are, none is passed on."""
    try:
        return (folder / "cgroup.subtree_control").read_text().split()
    except OSError:
        return []


def may_make(folder: Path) -> bool:
    """Groups here, and processes into them: version 2 asks for the right to the common parent's list."""
    return all(os.access(each, os.W_OK) for each in (folder, folder / "cgroup.procs"))


def sweep(folder: Path) -> None:
    for each in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # busy: it belongs to a command that runs
            if time.time() - each.stat().st_mtime > STALE_SECONDS:
                each.rmdir()
