"""Exchange: the memory through which inputs reach a kernel and its output comes back.

A file in memory that is mounted into the sandbox. The child maps it. The harness reads and writes it as a
file and never maps it: a child that cuts it short cannot bring the harness down. What was sent is compared
with what is there afterwards, and what comes back is copied once and never looked at again in place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.random import Generator

from agentkit.contracts.sandbox import Mount
from agentkit.evaluation.kernels.inputs import Array, Laid
from agentkit.evaluation.kernels.problem import Dtype, Shape
from agentkit.sandboxes.remove import discard

INSIDE = Path("/exchange/data")
MEMORY = Path("/dev/shm")
ALIGNMENT = 64
SHIFT = 16 * 1024
"""Bytes by which each array is moved at random from call to call."""
POISON = b"\xff"
"""Every float made of these bytes is NaN."""


class ExchangeDamaged(Exception):
    """The file was cut short: only the child can have done that."""


@dataclass(frozen=True)
class Placed:
    """Where everything of one call lies, in bytes from the start of the file."""

    starts: tuple[int, ...]
    """Of the inputs' storages."""
    output: int
    shape: Shape
    dtype: Dtype

    @property
    def output_bytes(self) -> int:
        return byte_count(self.shape, self.dtype)


class Exchange:
    """One child's memory. Use it as a context; nothing is left of it afterwards."""

    def __init__(self, capacity: int) -> None:
        shared = MEMORY if os.access(MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="agentkit-exchange-", dir=shared))
        self._path = self._folder / "data"
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # A sandbox may run as another user; the folder around it keeps everybody else out.
        os.fchmod(self._file, 0o666)
        self.capacity = capacity
        self._write(bytes(capacity), 0)

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self._file)
        discard(self._folder)

    @property
    def mount(self) -> Mount:
        return Mount(source=self._path, target=INSIDE, writable=True)

    def place(self, inputs: Sequence[Laid], shape: Shape, dtype: Dtype, rng: Generator) -> Placed:
        """At new addresses, in a new order: the output may come before the inputs."""
        sizes = [each.storage.nbytes for each in inputs] + [byte_count(shape, dtype)]
        starts = [0] * len(sizes)
        end = 0
        for index in rng.permutation(len(sizes)):
            start = aligned(end) + ALIGNMENT * int(rng.integers(SHIFT // ALIGNMENT))
            starts[index] = start
            end = start + sizes[index]
        return Placed(tuple(starts[:-1]), starts[-1], shape, dtype)

    def poison(self, placed: Placed) -> None:
        """No output of an earlier call is left where the next one is looked for."""
        self._write(POISON * placed.output_bytes, placed.output)

    def send(self, inputs: Sequence[Laid], placed: Placed) -> None:
        for each, start in zip(inputs, placed.starts, strict=True):
            self._write(each.storage.view(np.uint8).data, start)

    def take(self, placed: Placed, target: Array) -> None:
        """Copy the output, as it is at this moment, into `target`."""
        self._read(target.reshape(-1).view(np.uint8).data, placed.output)

    def changed(self, inputs: Sequence[Laid], placed: Placed) -> tuple[int, ...]:
        """Numbers of the inputs that are no longer what was sent, from 1."""
        found = []
        for number, (each, start) in enumerate(zip(inputs, placed.starts, strict=True), 1):
            now = np.empty(each.storage.nbytes, np.uint8)
            self._read(now.data, start)
            if not np.array_equal(now, each.storage.view(np.uint8)):
                found.append(number)
        return tuple(found)

    def _write(self, data: bytes | memoryview, start: int) -> None:
        left = memoryview(data)
        while left:
            count = os.pwrite(self._file, left, start)
            left, start = left[count:], start + count

    def _read(self, target: memoryview, start: int) -> None:
        while target:
            count = os.preadv(self._file, [target], start)
            if count == 0:
                raise ExchangeDamaged
            target, start = target[count:], start + count


def byte_count(shape: Shape, dtype: Dtype) -> int:
    return int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize


def capacity_for(largest: Sequence[int]) -> int:
    """Bytes of a file that has room for arrays of these sizes, wherever they are placed."""
    room = sum(aligned(size) + SHIFT + ALIGNMENT for size in largest)
    return -(-room // 4096) * 4096


def aligned(position: int) -> int:
    return -(-position // ALIGNMENT) * ALIGNMENT
