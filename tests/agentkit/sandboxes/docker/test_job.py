"""A job whose container goes; all else of a job is in the tests of every sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.sandboxes.docker.job import pipe
from agentkit.sandboxes.docker.sandbox import DockerSandbox

Make = Callable[..., Command]


def test_an_end_of_a_pipe_can_be_opened_by_another_user() -> None:
    ends = pipe()
    assert all(os.fstat(each).st_mode & 0o777 == 0o666 for each in ends)
    for each in ends:
        os.close(each)


@pytest.mark.real
def test_a_container_that_dies_is_a_failed_command(docker_sandbox: DockerSandbox, command: Make) -> None:
    async def die() -> CommandResult:
        up = asyncio.Event()
        job = await docker_sandbox.start(command("sh", "-c", "echo up; sleep 60; :"), lambda data: up.set())
        await up.wait()
        (container,) = docker_sandbox._busy
        os.kill(container.process, signal.SIGKILL)
        return await job.wait()

    result = asyncio.run(die())
    assert (result.status, result.exit_code) == ("failed", None)
    assert "container ended" in result.output
    assert asyncio.run(docker_sandbox.run(command("echo", "again"))).output == "again\n"
