"""Asking: one kernel in a child of its own, and the harness's clock around every question.

The clock starts before the inputs are written and stops when the whole output has been copied out. So a
kernel cannot begin before it, work that it puts off is missing from its output, and the way there and back
counts as its own: an echo child shows how much that is.
"""

from __future__ import annotations

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

from agentkit.contracts.sandbox import Environment, Job, Sandbox
from agentkit.evaluation.asked_child import AskedChild, BadAnswer, start_child
from agentkit.evaluation.kernels.exchange import INSIDE, Exchange, ExchangeDamaged
from agentkit.evaluation.kernels.inputs import Array, Laid
from agentkit.evaluation.kernels.problem import Dtype, Shape

PROGRAM = Path(__file__).with_name("answerer.py")
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
        shown = environment.model_copy(update={"mounts": (*environment.mounts, exchange.mount)})
        began = now()
        job = await start_child(sandbox, folder, PROGRAM, (script, str(INSIDE)), shown)
        child = KernelChild(job, exchange)
        try:
            await child.wait_ready(load_seconds, "importing kernel.py")
            child.busy_seconds += (now() - began) / 1e9
            yield child
        finally:
            await child.close()


class KernelChild(AskedChild):
    """The harness's end of one child that holds a kernel."""

    def __init__(self, job: Job, exchange: Exchange) -> None:
        super().__init__(job)
        self._exchange = exchange
        self.busy_seconds = 0.0
        """Wall seconds in which it had something to do: starting, loading, answering."""

    async def ask(
        self, inputs: Sequence[Laid], shape: Shape, dtype: Dtype, rng: Generator, seconds: float
    ) -> Answered:
        """One timed question. Raises BadAnswer; `protocol` is what no honest kernel can cause."""
        exchange, channel = self._exchange, self.channel
        placed = exchange.place(inputs, shape, dtype, rng)
        nonce = os.urandom(NONCE_BYTES)
        places = [place_of(each, start) for each, start in zip(inputs, placed.starts, strict=True)]
        target = {"dtype": dtype, "shape": shape, "offset": placed.output}
        request = framed({"nonce": nonce.hex(), "inputs": places, "output": target})
        output = np.full(shape, np.nan, dtype)  # so its pages exist before the clock starts
        async with self.guarded(seconds, "kernel()"):
            with whole_file():
                exchange.poison(placed)
                began = now()
                exchange.send(inputs, placed)
                await channel.write(request)
                await self.expect(b"D", "kernel()")
                said = await channel.read(NONCE_BYTES)
                exchange.take(placed, output)
                spent = (now() - began) / 1e9
                self.busy_seconds += spent
                if said != nonce:
                    raise BadAnswer("protocol", "an answer came that does not belong to the question")
                return Answered(output, spent, exchange.changed(inputs, placed))

    async def count_threads(self, seconds: float) -> int:
        """As the child says, so good for a hint only."""
        async with self.guarded(seconds, "kernel.py"):
            await self.channel.write(framed({}))
            if await self.channel.read(1) != b"T":
                raise BadAnswer("protocol", "an answer came to a question that was not asked")
            count: int = struct.unpack("<I", await self.channel.read(4))[0]
            return count


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
