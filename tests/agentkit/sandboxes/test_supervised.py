"""What all running commands have in common, in every sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agentkit.contracts.sandbox import Command, Sandbox
from agentkit.errors import AgentkitError

Make = Callable[..., Command]


def test_a_command_without_a_channel_says_so(sandbox: Sandbox, command: Make) -> None:
    async def look() -> None:
        job = await sandbox.start(command("sleep", "60"))
        try:
            with pytest.raises(AgentkitError, match="without a channel"):
                _ = job.channel
        finally:
            await job.stop()

    asyncio.run(look())


def test_the_first_reason_to_end_it_stays(sandbox: Sandbox, command: Make) -> None:
    async def end_twice() -> tuple[str, str]:
        job = await sandbox.start(command("sleep", "60", seconds=0.5))
        timed_out = await job.wait()
        return timed_out.status, (await job.stop()).status

    assert asyncio.run(end_twice()) == ("timeout", "timeout")


def test_one_who_waits_and_is_cancelled_does_not_end_it(sandbox: Sandbox, command: Make) -> None:
    async def wait_twice() -> str:
        job = await sandbox.start(command("sh", "-c", "sleep 1; echo done"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await job.wait()
        return (await job.wait()).output

    assert "done" in asyncio.run(wait_twice())
