"""Local: a command as a plain process of this machine, for code that is trusted.

What holds: its environment has no variable and no key of the host, it is killed with everything it
started, it has the limits of `contracts.sandbox.Limits`, and it is measured like in any sandbox.

What does not: it can read and write every file that you can (masks hide nothing, mounts are not
read-only, `folder_writable` is not enforced), reach the network, and signal your processes; code that
means harm can kill its guard, and memory is watched, not reserved.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult, OnOutput, Wall
from agentkit.sandboxes import guard
from agentkit.sandboxes.host_python import search_path
from agentkit.sandboxes.launch import Launch, gated
from agentkit.sandboxes.process import ProcessJob, run_to_end, start_process

MARKER = "AGENTKIT_COMMAND"
"""Carries a command's random name, by which processes that fled are found."""


class LocalSandbox:
    """`contracts.sandbox.Sandbox` without walls."""

    name = "local"
    walls: Mapping[Wall, str] = {
        "host_variables": "cleared",
        "memory": "rlimit, watchdog",
        "processes": "watchdog",
        "file_size": "rlimit",
        "wall_clock": "watchdog",
        "silence": "watchdog",
        "leftovers": "subreaper, marker",
    }

    async def start(self, command: Command, on_output: OnOutput | None = None) -> ProcessJob:
        scratch = Path(tempfile.mkdtemp(prefix="agentkit-"))
        identity = uuid.uuid4().hex
        to_host = HostPaths(command)
        variables = {
            "PATH": search_path(),
            "LANG": "C.UTF-8",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: to_host(value) for name, value in command.environment.variables.items()},
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
            marker=f"{MARKER}={identity}",
            after=lambda: shutil.rmtree(scratch, ignore_errors=True),
        )
        return await start_process(launch, on_output)

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        return await run_to_end(await self.start(command, on_output))

    async def close(self) -> None:
        """Nothing is kept between commands."""


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
