"""Answers: a candidate's model in a child of its own, in a sandbox, that is only ever asked.

The harness keeps the data and the arithmetic; the child gets tokens and returns logits over two pipes.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.evaluation.asked_child import AskedChild, BadAnswer, start_child

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Tokens = NDArray[numpy.uint8] | NDArray[numpy.int64]
    Logits = NDArray[numpy.float32]

PROGRAM = Path(__file__).with_name("answerer.py")
MOST_SIZES = 8


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
    job = await start_child(sandbox, folder, PROGRAM, (model.script, model.checkpoint), environment)
    answerer = Answerer(job)
    try:
        await answerer.wait_ready(load_seconds, "load(checkpoint)")
        yield answerer
    finally:
        await answerer.close()


class Answerer(AskedChild):
    """The harness's end of one child that holds a model."""

    async def ask(self, tokens: Tokens, vocabulary: int, *, seconds: float, secret: bool = True) -> Logits:
        """Logits [B, T, V] in float32 for `tokens` [B, T]: shape and finiteness are checked, nothing else.

        `secret` False: the tokens may be known, so an error may be shown in full.
        """
        import numpy as np

        self.secret = self.secret or secret
        batch, length = tokens.shape
        dtype = b"B" if tokens.dtype == np.uint8 else b"q"
        request = struct.pack("<cII", dtype, batch, length) + np.ascontiguousarray(tokens).tobytes()
        async with self.guarded(seconds, "the model"):
            await self.channel.write(request)
            data = await self._read_logits((batch, length, vocabulary))
        logits = np.frombuffer(data, dtype="<f4").reshape(batch, length, vocabulary)
        if not np.isfinite(logits).all():
            raise BadAnswer("not_finite", "the model's logits are not all finite numbers (NaN or infinity)")
        return logits

    async def _read_logits(self, expected: tuple[int, ...]) -> bytes:
        channel = self.channel
        await self.expect(b"L", "the model")
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
