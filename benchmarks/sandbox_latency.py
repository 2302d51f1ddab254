"""What a command costs in each sandbox: the first in a folder, and every further one.

    python -m benchmarks.sandbox_latency [--commands 40] [--starts 5] [--masks 0]

Beside them, in the same run and in turn, so that a busy machine is busy for all: `subprocess.run`, which
is the floor, and `docker exec` into a running container, through docker's own SDK and its command line.
The command is `true`. Medians of wall time in ms; a sandbox that does not work here is named with the reason.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agentkit.contracts.sandbox import Command, Environment, Sandbox
from agentkit.errors import AgentkitError
from agentkit.sandboxes.choose import choose_sandbox
from agentkit.sandboxes.docker.daemon import BASE_IMAGE, open_client

ARGV = ("true",)
SANDBOXES = ("local", "bubblewrap", "docker")
Measured = dict[str, list[float]]
Step = Callable[[], Awaitable[None]]


def open_sandboxes() -> dict[str, Sandbox]:
    found: dict[str, Sandbox] = {}
    for name in SANDBOXES:
        try:
            found[name] = choose_sandbox(name, trusted=True)
        except AgentkitError as error:
            print(f"{name}: not measured: {error.message}")
    return found


def some_files(count: int) -> tuple[Path, ...]:
    """Files of the standard library's tests, to be masked."""
    tests = sorted(Path(os.__file__).parent.rglob("test*/**/*.py"))
    return tuple(path for path in tests if path.stat().st_size)[:count]


async def timed(step: Step) -> float:
    began = time.perf_counter()
    await step()
    return 1000 * (time.perf_counter() - began)


def in_sandbox(sandbox: Sandbox, folder: Path, masks: tuple[Path, ...]) -> Step:
    command = Command(argv=ARGV, folder=folder, environment=Environment(masks=masks))

    async def step() -> None:
        result = await sandbox.run(command)
        assert result.status == "ok", result.output

    return step


async def plain() -> None:
    subprocess.run(ARGV, check=True)


def executed(container: Any) -> dict[str, Step]:
    """`docker exec`, in both spellings."""

    async def by_sdk() -> None:
        assert container.exec_run(list(ARGV)).exit_code == 0

    async def by_command_line() -> None:
        subprocess.run(["docker", "exec", container.id, *ARGV], check=True)

    line = {"docker exec (command line)": by_command_line} if shutil.which("docker") else {}
    return {"docker exec (SDK)": by_sdk, **line}


async def measure(
    folder: Path, starts: int, commands: int, masks: tuple[Path, ...]
) -> tuple[Measured, Measured]:
    """Of each way: the first command in a new folder, and the further ones in one folder."""
    sandboxes = open_sandboxes()
    first: Measured = {name: [] for name in sandboxes}
    further: Measured = {"subprocess.run": [], **{name: [] for name in sandboxes}}
    try:
        steps: dict[str, Step] = {"subprocess.run": plain}
        for _ in range(starts):
            for name, sandbox in sandboxes.items():
                place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
                steps[name] = in_sandbox(sandbox, place, masks)
                first[name].append(await timed(steps[name]))
        container = None
        if "docker" in sandboxes:
            client = open_client()
            container = client.containers.run(BASE_IMAGE, ["sleep", "3600"], detach=True, network_mode="none")
            steps |= executed(container)
        try:
            for _ in range(commands):
                for name, step in steps.items():
                    further.setdefault(name, []).append(await timed(step))
        finally:
            if container is not None:
                container.remove(force=True)
                client.close()
    finally:
        for sandbox in sandboxes.values():
            await sandbox.close()
    return first, further


def print_table(first: Measured, further: Measured) -> None:
    print(f"{'ms':<28} {'first':>8} {'further':>8} {'fastest':>8} {'slowest':>8}")
    for name, times in further.items():
        opening = f"{statistics.median(first[name]):8.0f}" if name in first else " " * 8
        print(f"{name:<28} {opening} {statistics.median(times):8.1f} {min(times):8.1f} {max(times):8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commands", type=int, default=40)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--masks", type=int, default=0, help="files of this Python that are hidden")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agentkit-benchmark-") as name:
        first, further = asyncio.run(
            measure(Path(name), words.starts, words.commands, some_files(words.masks))
        )
    print_table(first, further)


if __name__ == "__main__":
    main()
