"""Bubblewrap: a command in namespaces of its own, with only the files that it is given.

Inside: the system's and this Python's folders read-only, `/workspace`, the task's mounts, an own
`/proc`, a small `/dev` that cannot be written, a private `/tmp`; no network but the hosts that a task
lists, no host variables, no capabilities, no new privileges, no further user namespaces, a filter over
system calls, processes of its own only, which all die with the first of them. It needs no root, but a
kernel that lets you make user namespaces.

Under a harness that is root, the user inside is root's own number to the kernel: it has no capability,
but what a file's mode alone protects, such as the switches in /proc/sys, has to be mounted read-only.

`/tmp` and `/dev/shm` are memory. Where a control group is permitted they count as the command's; else
each is kept to `disk_bytes`, `memory_bytes` and half of the machine's, whichever is least.
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

from agentkit.contracts.sandbox import Command, CommandResult, Limits, OnOutput, Wall
from agentkit.errors import MissingRequirement
from agentkit.sandboxes import mask_stage
from agentkit.sandboxes.allow_list import inside
from agentkit.sandboxes.allow_list.proxy import AllowListProxy
from agentkit.sandboxes.bounds import walls_of_bounds
from agentkit.sandboxes.gpu_nodes import gpu_nodes, gpu_variables
from agentkit.sandboxes.hard_links import other_names
from agentkit.sandboxes.host_python import python_folders, search_path
from agentkit.sandboxes.launch import Launch, gated
from agentkit.sandboxes.mount_plan import Bind, MountPlan, plan_mounts, system_binds
from agentkit.sandboxes.proc_files import proc_arguments
from agentkit.sandboxes.process import ProcessJob, run_to_end, start_process
from agentkit.sandboxes.seccomp import filter_program
from agentkit.sandboxes.walls import refuse_lacking

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

    def __init__(self, devices: Sequence[Path] = ()) -> None:
        self._devices = tuple(devices)
        """Device nodes of the host to pass in, such as /dev/nvidia0."""

    @property
    def walls(self) -> Mapping[Wall, str]:
        namespaces: dict[Wall, str] = {
            "hidden_files": "mount namespace",
            "other_files": "mount namespace",
            "system_read_only": "mount namespace",
            "private_tmp": "mount namespace",
            "host_processes": "pid namespace",
            "host_variables": "cleared",
            "network": "network namespace",
            "allowed_hosts": "network namespace, proxy",
            "privileges": "user namespace, no new privileges",
            "gpu": "device nodes",
            "leftovers": "pid namespace",
        }
        calls: dict[Wall, str] = {"system_calls": "seccomp"} if filter_program() else {}
        return {**namespaces, **calls, **walls_of_bounds(), "disk": "tmpfs size, watchdog"}

    async def start(self, command: Command, on_output: OnOutput | None = None) -> ProcessJob:
        """MissingRequirement for a command that needs a wall which is not here."""
        refuse_lacking(command.environment.needs, self.name, self.walls)
        with contextlib.ExitStack() as undo:
            socket, proxy = await open_proxy(command, undo)
            launch = prepare(command, self._devices, undo, socket)
            clean_up = undo.pop_all().close
        job = await start_process(dataclasses.replace(launch, after=clean_up), on_output)
        if proxy:
            proxy.tell(job.say)
        return job

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        return await run_to_end(await self.start(command, on_output))

    async def close(self) -> None:
        """Nothing is kept between commands."""


async def open_proxy(
    command: Command, undo: contextlib.ExitStack
) -> tuple[Path | None, AllowListProxy | None]:
    """For a command that may reach some hosts: a proxy, and the socket on which it listens."""
    if not command.environment.hosts or command.environment.network:
        return None, None
    proxy = AllowListProxy(command.environment.hosts)
    folder = Path(tempfile.mkdtemp(prefix="agentkit-"))
    undo.callback(shutil.rmtree, folder, ignore_errors=True)
    undo.callback(proxy.close)
    await proxy.open(folder / "proxy.sock")
    return folder / "proxy.sock", proxy


def prepare(
    command: Command, devices: Sequence[Path], undo: contextlib.ExitStack, socket: Path | None = None
) -> Launch:
    """What is made for this command (descriptors, an empty file) is given to `undo`.

    `socket`: where the proxy of its allowed hosts listens.
    """
    program = find_program()
    environment = command.environment
    plan = plan_for(command, [*devices, *gpu_nodes(environment.gpus)], socket)
    empty = Path(tempfile.mkdtemp(prefix="agentkit-"), "empty")
    undo.callback(shutil.rmtree, empty.parent, ignore_errors=True)
    empty.touch(mode=0o444)
    closed = empty.with_name("closed")
    closed.touch(mode=0)
    kept: list[int] = []

    def keep(data: bytes) -> str:
        kept.append(spool(data))
        undo.callback(os.close, kept[-1])
        return str(kept[-1])

    words = arguments(command, plan, (empty, closed), can_disable_user_namespaces(program))
    written = dict(small_files())
    argv = gated(command.argv, environment.limits, channel=command.channel)
    if socket:
        written[str(inside.SCRIPT)] = inside.forwarder_source()
        argv = inside.forwarded(argv, {inside.PORT: inside.SOCKET}, sys.executable)
    for path, data in written.items():
        words += ["--perms", "0444", "--file", keep(data), path]
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]
    if calls := filter_program():
        words += ["--seccomp", keep(calls)]
    argv = (program, "--args", keep(joined(words)), "--", *argv)
    if plan.staged_files:
        listed = keep(joined(map(str, plan.staged_files)))
        argv = (sys.executable, "-I", "-S", str(mask_stage.__file__), listed, str(empty), *argv)
    return Launch(
        argv=argv,
        folder=Path("/"),
        variables={},
        limits=environment.limits,
        guards=3 if socket else 2,
        channel=command.channel,
        log=command.log,
        growing=tuple(bind.source for bind in plan.binds if bind.writable and not bind.devices),
        descriptors=tuple(kept),
        negative_above_128=True,
    )


def plan_for(command: Command, devices: Sequence[Path], socket: Path | None = None) -> MountPlan:
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
    binds += [Bind(socket, inside.SOCKET)] if socket else []
    return plan_mounts(binds, [*environment.masks, *other_names(environment.masks, binds)], links)


def arguments(command: Command, plan: MountPlan, stand_ins: tuple[Path, Path], disable: bool) -> list[str]:
    """`stand_ins`: an empty file, and one that nobody may open, to show instead of others."""
    empty, closed = stand_ins
    environment = command.environment
    words = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
    words += ["--share-net"] if environment.network else []
    words += ["--disable-userns"] if disable else []
    size = ["--size", str(memory_files(environment.limits))]
    words += [*size, "--tmpfs", "/tmp", "--proc", "/proc", *proc_arguments(closed), "--dev", "/dev"]
    words += [*size, "--tmpfs", "/dev/shm"]
    words += plan.arguments(empty)
    words += ["--chdir", str(WORKSPACE)]
    variables = {
        "PATH": search_path(),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        # Most of what is imported cannot be written beside, and a workspace is not to fill with caches.
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment.variables,
        **(gpu_variables(environment.gpus) if environment.gpus else {}),
        **(inside.proxy_variables() if environment.hosts and not environment.network else {}),
    }
    for name, value in variables.items():
        words += ["--setenv", name, value]
    return words


def memory_files(limits: Limits) -> int:
    """Bytes of files that may be kept in memory, at one place."""
    half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min(each for each in (half, limits.disk_bytes, limits.memory_bytes) if each is not None)


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
