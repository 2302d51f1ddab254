"""Where an attack is run: in each sandbox, or with its one defence taken away."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, OnOutput, Sandbox
from agentkit.errors import AgentkitError
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.local import LocalSandbox

HELD = ("bubblewrap", "docker")
"""Sandboxes that no attack may get out of."""
PLAIN_SECONDS = 5.0


class Runner(Protocol):
    """As much of a sandbox as an attack needs."""

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult: ...


Off = Callable[[Command], tuple[Runner, Command]]


class Plain:
    """No sandbox at all: a child of this process with its variables and descriptors, and no limit.

    Like a harness that takes no care: it waits for a while, kills nothing, and calls it a day.
    """

    def __init__(self, *wrapper: str) -> None:
        self.wrapper = wrapper

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        began = time.monotonic()
        process = subprocess.Popen(
            [*self.wrapper, *command.argv], cwd=command.folder, close_fds=False,
            env={**os.environ, **command.environment.variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout
        with process.stdout as stream:
            for data in pieces(process, stream.fileno(), began + PLAIN_SECONDS):
                if on_output:
                    on_output(data)
        code = process.poll()
        # Whoever ends it later, its number is given back.
        threading.Thread(target=process.wait, daemon=True).start()
        return CommandResult(
            status="ok" if code == 0 else "failed", exit_code=code, output="",
            seconds=time.monotonic() - began, cpu_seconds=0.0,
        )  # fmt: skip


def pieces(process: subprocess.Popen[bytes], source: int, until: float) -> Iterator[bytes]:
    """Its output as it comes; a daemon may hold the pipe, so its end is not waited for."""
    while time.monotonic() < until:
        ended = process.poll() is not None
        if select.select([source], [], [], 0.02)[0]:
            data = os.read(source, 256 * 1024)
            if data:
                yield data
                continue
            time.sleep(0.02)
        if ended:
            return


def sandbox_of(name: str) -> tuple[Sandbox | None, str]:
    """A sandbox, or why it cannot be used here."""
    if name == "bubblewrap":
        report = check_bubblewrap()
        return (BubblewrapSandbox(), "") if report.usable else (None, report.detail)
    try:
        return DockerSandbox(), ""
    except AgentkitError as error:
        return None, error.message


# ---- one defence less ----


def in_local(command: Command) -> tuple[Runner, Command]:
    """The sandbox without walls."""
    return LocalSandbox(), command


def as_plain(command: Command) -> tuple[Runner, Command]:
    return Plain(), command


def by_careless_harness(command: Command) -> tuple[Runner, Command]:
    """Any sandbox: what is missing is the care of the one who reads its results."""
    return LocalSandbox(), command


def changed(**words: object) -> Off:
    """Bubblewrap, with an environment that leaves one thing open."""

    def off(command: Command) -> tuple[Runner, Command]:
        environment = Environment.model_validate({**dict(command.environment), **words})
        return BubblewrapSandbox(), command.model_copy(update={"environment": environment})

    return off


with_network = changed(network=True)
without_masks = changed(masks=())
without_limits = changed(limits=Limits(seconds=30.0))


def with_writable_mounts(command: Command) -> tuple[Runner, Command]:
    mounts = tuple(each.model_copy(update={"writable": True}) for each in command.environment.mounts)
    return changed(mounts=mounts)(command)


def with_writable_folder(command: Command) -> tuple[Runner, Command]:
    return BubblewrapSandbox(), command.model_copy(update={"folder_writable": True})


def wrapped(*wrapper: str) -> Off:
    """Plain, but started by another program (`unshare …`), which keeps it off the host itself."""
    return lambda command: (Plain(*wrapper), command)
