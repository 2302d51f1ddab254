"""Bubblewrap: a command in namespaces of its own, with only the files that it is given.

Inside: the system's and this Python's folders read-only, `/workspace`, the task's mounts, an own
`/proc`, a small `/dev`, a private `/tmp`; no network, no host variables, no capabilities, no new
privileges, no further user namespaces, processes of its own only, which all die with the first of them.
It needs no root, but a kernel that lets you make user namespaces.

Not here yet: a seccomp filter, cgroup limits (memory and process counts are watched every 0.1 s, and
set per process where an rlimit fits), a size for `/tmp`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult, OnOutput, Wall
from agentkit.errors import MissingRequirement
from agentkit.sandboxes import mask_stage
from agentkit.sandboxes.host_python import python_folders, search_path
from agentkit.sandboxes.launch import Launch, gated
from agentkit.sandboxes.mount_plan import Bind, MountPlan, plan_mounts, system_binds
from agentkit.sandboxes.process import ProcessJob, run_to_end, start_process

WORKSPACE = Path("/workspace")
SYSTEM = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")))
COPIED = tuple(map(Path, ("/etc/ld.so.cache", "/etc/localtime")))
# Numerical libraries read the processors' layout in /sys and complain without it.
SHOWN = tuple(map(Path, ("/etc/alternatives", "/sys/devices/system/cpu")))
NETWORK_FILES = tuple(
    map(Path, ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/pki"))
)
WRITTEN = {
    "/etc/passwd": b"sandbox:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
    "/etc/group": b"sandbox:x:1000:\nnogroup:x:65534:\n",
}
FIX = "Next: apt-get install bubblewrap (or your system's package of that name), or --sandbox local"


class BubblewrapSandbox:
    """`contracts.sandbox.Sandbox` by the program `bwrap`."""

    name = "bubblewrap"
    walls: Mapping[Wall, str] = {
        "hidden_files": "mount namespace",
        "other_files": "mount namespace",
        "system_read_only": "mount namespace",
        "private_tmp": "mount namespace",
        "host_processes": "pid namespace",
        "host_variables": "cleared",
        "network": "network namespace",
        "privileges": "user namespace, no new privileges",
        "memory": "rlimit, watchdog",
        "processes": "watchdog",
        "file_size": "rlimit",
        "wall_clock": "watchdog",
        "silence": "watchdog",
        "leftovers": "pid namespace",
    }

    def __init__(self, devices: Sequence[Path] = ()) -> None:
        self._devices = tuple(devices)
        """Device nodes of the host to pass in, such as /dev/nvidia0."""

    async def start(self, command: Command, on_output: OnOutput | None = None) -> ProcessJob:
        with contextlib.ExitStack() as undo:
            launch = prepare(command, self._devices, undo)
            clean_up = undo.pop_all().close
        return await start_process(dataclasses.replace(launch, after=clean_up), on_output)

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        return await run_to_end(await self.start(command, on_output))

    async def close(self) -> None:
        """Nothing is kept between commands."""


def prepare(command: Command, devices: Sequence[Path], undo: contextlib.ExitStack) -> Launch:
    """What is made for this command (descriptors, an empty file) is given to `undo`."""
    program = find_program()
    plan = plan_for(command, devices)
    empty = Path(tempfile.mkdtemp(prefix="agentkit-"), "empty")
    undo.callback(shutil.rmtree, empty.parent, ignore_errors=True)
    empty.touch(mode=0o444)
    kept: list[int] = []

    def keep(data: bytes) -> str:
        kept.append(spool(data))
        undo.callback(os.close, kept[-1])
        return str(kept[-1])

    words = arguments(command, plan, empty, can_disable_user_namespaces(program))
    words += [
        part for path, data in small_files() for part in ("--perms", "0444", "--file", keep(data), path)
    ]
    words += ["--remount-ro", "/"]
    argv = [program, "--args", keep(joined(words)), "--"]
    argv += gated(command.argv, command.environment.limits, channel=command.channel)
    if plan.staged_files:
        listed = keep(joined(map(str, plan.staged_files)))
        argv = [sys.executable, "-I", "-S", str(mask_stage.__file__), listed, str(empty), *argv]
    return Launch(
        argv=tuple(argv),
        folder=Path("/"),
        variables={},
        limits=command.environment.limits,
        guards=2,
        channel=command.channel,
        log=command.log,
        descriptors=tuple(kept),
        negative_above_128=True,
    )


def plan_for(command: Command, devices: Sequence[Path]) -> MountPlan:
    environment = command.environment
    extra = [*SHOWN, *(NETWORK_FILES if environment.network else ())]
    binds = [Bind(path.resolve(), path) for path in extra if path.exists()]
    binds += [Bind(device, device, devices=True) for device in devices]
    binds, links = system_binds(SYSTEM, binds)
    shown = [bind.target for bind in binds]
    for folder in python_folders():
        if not any(folder.is_relative_to(each) for each in shown):
            binds.append(Bind(folder.resolve(), folder))
    binds.append(Bind(command.folder.absolute(), WORKSPACE, writable=command.folder_writable))
    binds += [Bind(each.source, each.target, writable=each.writable) for each in environment.mounts]
    return plan_mounts(binds, environment.masks, links)


def arguments(command: Command, plan: MountPlan, empty: Path, disable: bool) -> list[str]:
    environment = command.environment
    words = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
    words += ["--share-net"] if environment.network else []
    words += ["--disable-userns"] if disable else []
    words += ["--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    words += plan.arguments(empty)
    words += ["--chdir", str(WORKSPACE)]
    variables = {
        "PATH": search_path(),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        # Most of what is imported cannot be written beside, and a workspace is not to fill with caches.
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment.variables,
    }
    for name, value in variables.items():
        words += ["--setenv", name, value]
    return words


def small_files() -> Iterator[tuple[str, bytes]]:
    """Copied in: each bind more makes every other one slower."""
    yield from WRITTEN.items()
    for path in COPIED:
        if path.exists():
            yield str(path), path.read_bytes()


def joined(words: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def spool(data: bytes) -> int:
    """A descriptor to read it from: hundreds of masks do not fit into an argument list."""
    descriptor = os.memfd_create("agentkit", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def find_program() -> str:
    """MissingRequirement if it is not installed."""
    program = shutil.which("bwrap")
    if program is None:
        raise MissingRequirement("The program bwrap (bubblewrap) is not installed.", FIX)
    return program


@lru_cache
def can_disable_user_namespaces(program: str) -> bool:
    """From version 0.8 on."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return "--disable-userns" in said.stdout + said.stderr
