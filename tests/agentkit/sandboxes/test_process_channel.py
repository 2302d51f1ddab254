"""The byte channel to a command, in every sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Sandbox
from agentkit.errors import AgentkitError

Make = Callable[..., Command]


def test_a_channel_echoes_20_megabytes(sandbox: Sandbox, command: Make) -> None:
    code = (
        "import sys\n"
        "print('on stderr', file=sys.stderr, flush=True)\n"
        "while data := sys.stdin.buffer.read1(65536):\n"
        "    sys.stdout.buffer.write(data)\n"
        "    sys.stdout.buffer.flush()\n"
    )

    async def echo() -> CommandResult:
        job = await sandbox.start(command("python", "-c", code, channel=True))
        data = bytes(range(256)) * (20 * 4096)
        await job.channel.write(data)
        assert await job.channel.read(len(data)) == data
        for _ in range(50):
            await job.channel.write(b"12345678")
            assert await job.channel.read(8) == b"12345678"
        return await job.stop()

    result = asyncio.run(echo())
    assert result.output == "on stderr\n"


def test_a_channel_that_ends_is_an_end_of_file(sandbox: Sandbox, command: Make) -> None:
    async def ask() -> CommandResult:
        job = await sandbox.start(command("sh", "-c", "head -c 3; exit 5", channel=True))
        await job.channel.write(b"abcdef")
        assert await job.channel.read(3) == b"abc"
        with pytest.raises(EOFError):
            await job.channel.read(1)
        result = await job.wait()
        with pytest.raises(EOFError):
            for _ in range(3):
                await job.channel.write(b"x" * 100_000)
        return result

    assert asyncio.run(ask()).exit_code == 5


def test_without_a_channel_there_is_none(sandbox: Sandbox, command: Make) -> None:
    async def ask() -> None:
        job = await sandbox.start(command("true"))
        with pytest.raises(AgentkitError, match="without a channel"):
            job.channel  # noqa: B018
        await job.wait()

    asyncio.run(ask())
