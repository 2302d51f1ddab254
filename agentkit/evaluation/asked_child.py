"""Asked child: a process that runs a candidate's code and is only ever asked, over a channel of its own.

It runs code that nobody trusts, so what it sends are bytes to be checked, never objects to be unpickled.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from agentkit.contracts.sandbox import Channel, Command, CommandResult, Environment, Job, Sandbox

MESSAGE_BYTES = 16_000
READY, FAILED = b"R", b"E"

AnswerFault = Literal["crash", "timeout", "wrong_shape", "not_finite", "protocol"]


class BadAnswer(Exception):
    """The child did not answer as agreed. `text`: its own words, only where it had seen no secret."""

    def __init__(self, fault: AnswerFault, reason: str, text: str = "") -> None:
        super().__init__(reason)
        self.fault: AnswerFault = fault
        self.reason = reason
        self.text = text


async def start_child(
    sandbox: Sandbox, folder: Path, program: Path, arguments: tuple[str, ...], environment: Environment
) -> Job:
    """In `folder`, read-only. `program` travels as an argument, so no file of ours can be edited."""
    command = Command(
        argv=("python", "-P", "-c", program.read_text(encoding="utf-8"), *arguments),
        folder=folder,
        environment=environment,
        folder_writable=False,
        channel=True,
    )
    return await sandbox.start(command)


class AskedChild:
    """The harness's end of one child."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.secret = False
        """Whether it was asked for something that must not be told: its words are kept back from then on."""
        self.result: CommandResult | None = None
        """How the child ended and what it cost; set by `close`."""

    @property
    def channel(self) -> Channel:
        return self._job.channel

    async def wait_ready(self, seconds: float, what: str) -> None:
        """Until it has loaded what it is to be asked about. Raises BadAnswer, as all below."""
        async with self.guarded(seconds, what):
            await self.expect(READY, what)

    async def expect(self, wanted: bytes, what: str) -> None:
        """The kind of the next answer: what was wanted, or the child's own account of why not."""
        kind = await self.channel.read(1)
        if kind == wanted:
            return
        if kind != FAILED:
            raise BadAnswer("protocol", f"{what} answered with bytes that are no answer")
        (length,) = struct.unpack("<I", await self.channel.read(4))
        message = (await self.channel.read(min(length, MESSAGE_BYTES))).decode("utf-8", "replace")
        last = message.strip().splitlines()[-1:] or ["no message"]
        if self.secret:
            raise BadAnswer("crash", f"{what} failed on held-out text, though not on training text")
        raise BadAnswer("crash", f"{what} failed: {last[0][:300]}", message)

    @asynccontextmanager
    async def guarded(self, seconds: float, what: str) -> AsyncIterator[None]:
        """Turn silence and a closed pipe into a BadAnswer; the child does not survive either."""
        late = f"{what} did not answer within {seconds:g} s"
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            await self.close()
            raise BadAnswer("timeout", late, self._words()) from error
        except EOFError as error:
            result = await self.close()
            if result.status in ("timeout", "silent"):
                raise BadAnswer("timeout", "all answers together took too long", self._words()) from error
            code = "" if result.exit_code is None else f" (exit code {result.exit_code})"
            raise BadAnswer("crash", f"{what} ended its process{code}", self._words()) from error

    def _words(self) -> str:
        return "" if self.secret or self.result is None else self.result.output

    async def close(self) -> CommandResult:
        """Stop the child and all that it started."""
        if self.result is None:
            self.result = await self._job.stop()
        return self.result
