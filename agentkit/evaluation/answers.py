"""Answers: a candidate's model in a child of its own, in a sandbox, that is only ever asked.

The harness keeps the data and the arithmetic; the child gets tokens and returns logits over two pipes.
It runs the candidate's code, so what it sends are bytes to be checked, never objects to be unpickled.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Job, Sandbox

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Tokens = NDArray[numpy.uint8] | NDArray[numpy.int64]
    Logits = NDArray[numpy.float32]

MESSAGE_BYTES = 16_000
MOST_SIZES = 8

AnswerFault = Literal["crash", "timeout", "wrong_shape", "not_finite", "protocol"]


class BadAnswer(Exception):
    """The child did not answer as agreed. `text`: its own words, only where it had seen no secret."""

    def __init__(self, fault: AnswerFault, reason: str, text: str = "") -> None:
        super().__init__(reason)
        self.fault: AnswerFault = fault
        self.reason = reason
        self.text = text


@dataclass(frozen=True)
class ModelFile:
    """Where the child finds its model, relative to its folder."""

    script: str
    checkpoint: str


@asynccontextmanager
async def open_answerer(
    sandbox: Sandbox, folder: Path, model: ModelFile, environment: Environment, *, load_seconds: float
) -> AsyncIterator[Answerer]:
    """Start a child that has loaded its model; nothing of it is left afterwards.

    Its folder is read-only, and what it prints stays in the sandbox once it was asked for something
    secret: a log is a way to carry held-out text to whoever writes the next attempt.
    Raises BadAnswer, with the child's traceback, when it does not get that far.
    """
    command = Command(
        argv=("python", "-P", "-c", answerer_text(), model.script, model.checkpoint),
        folder=folder,
        environment=environment,
        folder_writable=False,
        channel=True,
    )
    answerer = Answerer(await sandbox.start(command))
    try:
        await answerer.wait_ready(load_seconds)
        yield answerer
    finally:
        await answerer.close()


def answerer_text() -> str:
    """The child's program. It travels as an argument, so no file of ours can be edited."""
    return Path(__file__).with_name("answerer.py").read_text(encoding="utf-8")


class Answerer:
    """The harness's end of one child."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._secret = False
        self.result: CommandResult | None = None
        """How the child ended and what it cost; set by `close`."""

    async def wait_ready(self, seconds: float) -> None:
        async with self._guarded(seconds, "load(checkpoint)"):
            kind = await self._job.channel.read(1)
            if kind != b"R":
                raise await self._fault(kind, "load(checkpoint)")

    async def ask(self, tokens: Tokens, vocabulary: int, *, seconds: float, secret: bool = True) -> Logits:
        """Logits [B, T, V] in float32 for `tokens` [B, T]: shape and finiteness are checked, nothing else.

        `secret` False: the tokens may be known, so an error may be shown in full.
        """
        import numpy as np

        self._secret = self._secret or secret
        batch, length = tokens.shape
        dtype = b"B" if tokens.dtype == np.uint8 else b"q"
        request = struct.pack("<cII", dtype, batch, length) + np.ascontiguousarray(tokens).tobytes()
        async with self._guarded(seconds, "the model"):
            await self._job.channel.write(request)
            data = await self._read_logits((batch, length, vocabulary))
        logits = np.frombuffer(data, dtype="<f4").reshape(batch, length, vocabulary)
        if not np.isfinite(logits).all():
            raise BadAnswer("not_finite", "the model's logits are not all finite numbers (NaN or infinity)")
        return logits

    async def _read_logits(self, expected: tuple[int, ...]) -> bytes:
        channel = self._job.channel
        kind = await channel.read(1)
        if kind != b"L":
            raise await self._fault(kind, "the model")
        (count,) = struct.unpack("<I", await channel.read(4))
        sizes: tuple[int, ...] = ()
        if count <= MOST_SIZES:
            sizes = struct.unpack(f"<{count}I", await channel.read(4 * count))
        if sizes != expected:
            found = list(sizes) if count <= MOST_SIZES else f"{count} dimensions"
            raise BadAnswer("wrong_shape", f"the model's logits have the shape {found}, not {list(expected)}")
        total = 4
        for size in expected:
            total *= size
        return await channel.read(total)

    async def _fault(self, kind: bytes, what: str) -> BadAnswer:
        if kind != b"E":
            return BadAnswer("protocol", f"{what} answered with bytes that are no answer")
        (length,) = struct.unpack("<I", await self._job.channel.read(4))
        message = (await self._job.channel.read(min(length, MESSAGE_BYTES))).decode("utf-8", "replace")
        last = message.strip().splitlines()[-1:] or ["no message"]
        if self._secret:
            return BadAnswer("crash", f"{what} failed on held-out text, though not on training text")
        return BadAnswer("crash", f"{what} failed: {last[0][:300]}", message)

    @asynccontextmanager
    async def _guarded(self, seconds: float, what: str) -> AsyncIterator[None]:
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
                raise BadAnswer("timeout", late, self._words()) from error
            code = "" if result.exit_code is None else f" (exit code {result.exit_code})"
            raise BadAnswer("crash", f"{what} ended its process{code}", self._words()) from error

    def _words(self) -> str:
        return "" if self._secret or self.result is None else self.result.output

    async def close(self) -> CommandResult:
        """Stop the child and all that it started."""
        if self.result is None:
            self.result = await self._job.stop()
        return self.result
