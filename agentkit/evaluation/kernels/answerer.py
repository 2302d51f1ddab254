"""The child that runs a kernel. Its text is handed to `python -P -c` inside a sandbox; nobody imports it.

It runs the candidate's code, so nothing it says is believed: no clock, no reference and no expected value
is in this process. The other side (`asking.py`) has the clock, and looks only at the bytes of the output.

One question: `<I` a length and JSON: `nonce` (16 hex digits), `inputs` (a list of `dtype`, `shape`,
`strides`, `offset` into the exchange), `output` (`dtype`, `shape`, `offset`). Length 0 ends it; `{}` asks
for `T`. One answer: `D` and the 8 bytes of the nonce, once the output is in its place; or `E`, `<I` a length
and a message in UTF-8; or `T` and `<I` the number of threads of this process. The first answer, `R` alone,
says that it is ready.
"""

from __future__ import annotations

import importlib.util
import io
import json
import mmap
import os
import struct
import sys
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MESSAGE_BYTES = 8000
Kernel = Callable[..., Any]


def open_channel() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, moved away from 0 and 1: what the candidate prints goes to stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # the process is killed, not ended
    return requests, answers


def open_exchange(path: str) -> mmap.mmap:
    with Path(path).open("r+b") as file:
        # Populated: no call pays for the first touch of a page.
        return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE)


def load_kernel(script: str) -> Kernel:
    spec = importlib.util.spec_from_file_location("candidate", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["candidate"] = module
    spec.loader.exec_module(module)
    kernel: Kernel = module.kernel
    return kernel


def answer(kernel: Kernel, exchange: mmap.mmap, question: dict[str, Any]) -> None:
    """Raises what the kernel raises, and TypeError for a result that is not what was asked for."""
    inputs = [array_at(exchange, each) for each in question["inputs"]]
    for each in inputs:
        each.setflags(write=False)
    output = array_at(exchange, question["output"])
    result = kernel(*inputs)
    found = f"{type(result).__module__}.{type(result).__name__}"
    if type(result) is np.ndarray:
        if result.dtype == output.dtype and result.shape == output.shape:
            np.copyto(output, result)
            return
        found = f"{result.dtype} {list(result.shape)}"
    raise TypeError(f"kernel() returned {found}, and {output.dtype} {list(output.shape)} was asked for")


def array_at(exchange: mmap.mmap, place: dict[str, Any]) -> Any:
    strides = tuple(place["strides"]) if "strides" in place else None
    return np.ndarray(tuple(place["shape"]), place["dtype"], exchange, place["offset"], strides)


def failure(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error)).encode("utf-8", "replace")[-MESSAGE_BYTES:]
    return struct.pack("<cI", b"E", len(text)) + text


def serve(requests: BinaryIO, answers: BinaryIO, script: str, exchange: mmap.mmap) -> None:
    """An empty `script`: no kernel, the output is zeros. It shows what the way there and back costs."""
    kernel: Kernel | None = None
    try:
        kernel = load_kernel(script) if script else None
        reply = b"R"
    except BaseException as error:  # noqa: BLE001 - the candidate's code may raise anything
        reply = failure(error)
    while True:
        answers.write(reply)
        answers.flush()
        (length,) = struct.unpack("<I", requests.read(4))
        if length == 0:
            return
        question = json.loads(requests.read(length))
        if not question:
            reply = struct.pack("<cI", b"T", len(list(Path("/proc/self/task").iterdir())))
            continue
        try:
            answer(kernel or echo_for(question["output"]), exchange, question)
            reply = b"D" + bytes.fromhex(question["nonce"])
        except BaseException as error:  # noqa: BLE001 - the same
            reply = failure(error)


@cache
def kept_zeros(shape: tuple[int, ...], dtype: str) -> Any:
    return np.full(shape, 0, dtype)


def echo_for(output: dict[str, Any]) -> Kernel:
    """Zeros, written once and kept, so that only the way there and back is measured."""
    found = kept_zeros(tuple(output["shape"]), output["dtype"])
    return lambda *_: found


if __name__ == "__main__":
    serve(*open_channel(), sys.argv[1], open_exchange(sys.argv[2]))
