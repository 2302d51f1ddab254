"""Asking: one kernel in a child of its own, and the harness's clock around every question.

The clock starts before the inputs are written and stops when the whole output has been copied out. So a
kernel cannot begin before it, work that it puts off is missing from its output, and the way there and back
counts as its own: an echo child shows how much that is.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Job, Sandbox
from agentkit.evaluation.answers import BadAnswer
from agentkit.evaluation.kernels.exchange import INSIDE, Exchange, ExchangeDamaged
from agentkit.evaluation.kernels.inputs import Array, Laid
from agentkit.evaluation.kernels.problem import Dtype, Shape

MESSAGE_BYTES = 16_000
NONCE_BYTES = 8
SCRIPT = "kernel.py"
ECHO = ""


@dataclass(frozen=True)
class Answered:
    """One question and what came back."""

    output: Array
    seconds: float
    """Wall clock, by CLOCK_MONOTONIC_RAW of the harness, the way there and back included."""
    changed: tuple[int, ...]
    """Inputs that the child wrote to, from 1."""


def now() -> int:
    """Nanoseconds on a clock that nobody adjusts."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


@asynccontextmanager
async def open_kernel(
    sandbox: Sandbox, folder: Path, script: str, environment: Environment, capacity: int, load_seconds: float
) -> AsyncIterator[KernelChild]:
    """Start a child that has imported `script` in `folder`, which it cannot write to; ECHO: without a kernel.

    Nothing of it is left afterwards. Raises BadAnswer, with its traceback, when it does not get that far.
    """
    with Exchange(capacity) as exchange:
        command = Command(
            argv=("python", "-P", "-c", answerer_text(), script, str(INSIDE)),
            folder=folder,
            environment=environment.model_copy(update={"mounts": (*environment.mounts, exchange.mount)}),
            folder_writable=False,
            channel=True,
        )
        began = now()
        child = KernelChild(await sandbox.start(command), exchange)
        try:
            await child.wait_ready(load_seconds)
            child.busy_seconds += (now() - began) / 1e9
            yield child
        finally:
            await child.close()


def answerer_text() -> str:
    """The child's program. It travels as an argument, so no file of ours can be edited."""
    return Path(__file__).with_name("answerer.py").read_text(encoding="utf-8")


class KernelChild:
    """The harness's end of one child."""

    def __init__(self, job: Job, exchange: Exchange) -> None:
        self._job = job
        self._exchange = exchange
        self.busy_seconds = 0.0
        """Wall seconds in which it had something to do: starting, loading, answering."""
        self.result: CommandResult | None = None
        """How the child ended and what it cost; set by `close`."""

    async def wait_ready(self, seconds: float) -> None:
        async with self._guarded(seconds, "kernel.py, when imported,"):
            kind = await self._job.channel.read(1)
            if kind != b"R":
                raise await self._fault(kind, "importing kernel.py")

    async def ask(
        self, inputs: Sequence[Laid], shape: Shape, dtype: Dtype, rng: Generator, seconds: float
    ) -> Answered:
        """One timed question. Raises BadAnswer; `protocol` is what no honest kernel can cause."""
        exchange, channel = self._exchange, self._job.channel
        placed = exchange.place(inputs, shape, dtype, rng)
        nonce = os.urandom(NONCE_BYTES)
        places = [place_of(each, start) for each, start in zip(inputs, placed.starts, strict=True)]
        target = {"dtype": dtype, "shape": shape, "offset": placed.output}
        request = framed({"nonce": nonce.hex(), "inputs": places, "output": target})
        output = np.full(shape, np.nan, dtype)  # so its pages exist before the clock starts
        async with self._guarded(seconds, "kernel()"):
            with whole_file():
                exchange.poison(placed)
                began = now()
                exchange.send(inputs, placed)
                await channel.write(request)
                kind = await channel.read(1)
                if kind != b"D":
                    raise await self._fault(kind, "kernel()")
                said = await channel.read(NONCE_BYTES)
                exchange.take(placed, output)
                spent = (now() - began) / 1e9
                self.busy_seconds += spent
                if said != nonce:
                    raise BadAnswer("protocol", "an answer came that does not belong to the question")
                return Answered(output, spent, exchange.changed(inputs, placed))

    async def count_threads(self, seconds: float) -> int:
        """As the child says, so good for a hint only."""
        async with self._guarded(seconds, "kernel.py"):
            await self._job.channel.write(framed({}))
            if await self._job.channel.read(1) != b"T":
                raise BadAnswer("protocol", "an answer came to a question that was not asked")
            count: int = struct.unpack("<I", await self._job.channel.read(4))[0]
            return count

    async def _fault(self, kind: bytes, what: str) -> BadAnswer:
        if kind != b"E":
            return BadAnswer("protocol", f"{what} answered with bytes that are no answer")
        (length,) = struct.unpack("<I", await self._job.channel.read(4))
        message = (await self._job.channel.read(min(length, MESSAGE_BYTES))).decode("utf-8", "replace")
        last = message.strip().splitlines()[-1:] or ["no message"]
        return BadAnswer("crash", f"{what} failed: {last[0][:300]}", message)

    @asynccontextmanager
    async def _guarded(self, seconds: float, what: str) -> AsyncIterator[None]:
        """Turn silence and a closed pipe into a BadAnswer; the child does not survive either."""
        late = f"{what} did not answer within {seconds:g} s"
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise BadAnswer("timeout", late, (await self.close()).output) from error
        except EOFError as error:
            result = await self.close()
            if result.status in ("timeout", "silent"):
                raise BadAnswer("timeout", "all calls together took too long", result.output) from error
            code = "" if result.exit_code is None else f" (exit code {result.exit_code})"
            raise BadAnswer("crash", f"{what} ended its process{code}", result.output) from error

    async def close(self) -> CommandResult:
        """Stop the child and all that it started."""
        if self.result is None:
            self.result = await self._job.stop()
        return self.result


@contextmanager
def whole_file() -> Iterator[None]:
    try:
        yield
    except ExchangeDamaged as error:
        raise BadAnswer("protocol", "the file for inputs and outputs was cut short") from error


def place_of(laid: Laid, start: int) -> dict[str, object]:
    view = laid.view
    return {
        "dtype": str(view.dtype),
        "shape": view.shape,
        "strides": view.strides,
        "offset": start + laid.offset,
    }


def framed(question: dict[str, object]) -> bytes:
    data = json.dumps(question).encode()
    return struct.pack("<I", len(data)) + data
