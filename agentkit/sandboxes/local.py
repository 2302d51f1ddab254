"""Local: a command as a plain process of this machine, for code that is trusted.

What holds: its environment has no variable and no key of the host, it is killed with everything it
started, it has the limits of `contracts.sandbox.Limits`, and it is measured like in any sandbox. Of
GPUs it is told those that it leased; nothing keeps it from others.

What does not: it can read and write every file that you can (masks hide nothing, mounts are not
read-only, `folder_writable` is not enforced), reach the network whatever `Environment.hosts` lists, and
signal your processes. Code that means harm can kill its guard, and under a harness that is root lift a
control group's limits. Without control groups memory and processes are looked at every 0.1 s
(RLIMIT_NPROC would count all that your user runs), and who forks faster than one can look may stay.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult, OnOutput, Wall
from agentkit.sandboxes import guard
from agentkit.sandboxes.bounds import walls_of_bounds
from agentkit.sandboxes.gpu_nodes import gpu_variables
from agentkit.sandboxes.host_python import search_path
from agentkit.sandboxes.launch import Launch, gated
from agentkit.sandboxes.process import ProcessJob, run_to_end, start_process
from agentkit.sandboxes.remove import discard
from agentkit.sandboxes.walls import refuse_lacking

MARKER = "AGENTKIT_COMMAND"
"""Carries a command's random name, by which processes that fled are found."""


class LocalSandbox:
    """`contracts.sandbox.Sandbox` without walls."""

    name = "local"

    @property
    def walls(self) -> Mapping[Wall, str]:
        return {"host_variables": "cleared", "leftovers": "subreaper, marker", **walls_of_bounds()}

    async def start(self, command: Command, on_output: OnOutput | None = None) -> ProcessJob:
        """MissingRequirement for a command that needs a wall which is not here."""
        refuse_lacking(command.environment.needs, self.name, self.walls)
        scratch = Path(tempfile.mkdtemp(prefix="agentkit-"))
        identity = uuid.uuid4().hex
        to_host = HostPaths(command)
        variables = {
            "PATH": search_path(),
            "LANG": "C.UTF-8",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Inside every sandbox a GPU that was not leased is not there.
            "CUDA_VISIBLE_DEVICES": "",
            **{name: to_host(value) for name, value in command.environment.variables.items()},
            **(gpu_variables(command.environment.gpus) if command.environment.gpus else {}),
            MARKER: identity,
        }
        argv = gated(
            [to_host(word) for word in command.argv], command.environment.limits, channel=command.channel
        )
        launch = Launch(
            argv=(sys.executable, "-I", "-S", str(guard.__file__), str(os.getpid()), *argv),
            folder=command.folder,
            variables=variables,
            limits=command.environment.limits,
            guards=1,
            channel=command.channel,
            log=command.log,
            growing=(scratch, *writable_folders(command)),
            marker=f"{MARKER}={identity}",
            after=lambda: discard(scratch),
        )
        return await start_process(launch, on_output)

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        return await run_to_end(await self.start(command, on_output))

    async def close(self) -> None:
        """Nothing is kept between commands."""


def writable_folders(command: Command) -> list[Path]:
    mounts = [mount.source for mount in command.environment.mounts if mount.writable]
    return [command.folder, *mounts] if command.folder_writable else mounts


class HostPaths:
    """Paths of the inside, in a variable or an argument, as host paths.

    `/workspace` becomes the command's folder and a mount's target its source, where they stand alone,
    begin a longer path, or follow `=` or `:` (`--data=/data/x`, `/data/a:/data/b`). Paths that a program
    builds itself are out of reach: a task passes them as variables.
    """

    def __init__(self, command: Command) -> None:
        pairs = {Path("/workspace"): command.folder}
        pairs |= {mount.target: mount.source for mount in command.environment.mounts}
        self._pairs = {str(target): str(source) for target, source in pairs.items() if target != source}
        # The longest first: /workspace/data before /workspace.
        targets = "|".join(re.escape(each) for each in sorted(self._pairs, key=len, reverse=True))
        self._pattern = re.compile(rf"(?:^|(?<=[:=]))(?:{targets})(?=$|[/:])")

    def __call__(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._pairs[found.group()], text) if self._pairs else text
