"""The child that only answers. Its text is handed to `python -P -c` inside a sandbox; nobody imports it.

It loads the candidate's module, calls `load(checkpoint)`, and answers each request for logits. It runs the
candidate's code, so nothing it writes is believed: the other side (`answers.py`) checks every byte.

One request: `<cII` dtype (`B` uint8, `q` int64), B, T, then the tokens; B = 0 ends it.
One answer: `L`, `<I` the number of sizes, the sizes as `<I` each, then float32 values;
or `E`, `<I` a length, and a message in UTF-8. The first answer, `R` alone, says that it is ready.
"""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

MESSAGE_BYTES = 8000


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


def load_model(script: str, checkpoint: str) -> Any:
    sys.path.insert(0, str(Path.cwd()))
    spec = importlib.util.spec_from_file_location("candidate", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["candidate"] = module
    spec.loader.exec_module(module)
    return module.load(checkpoint)


def answer(model: Any, dtype: bytes, size: tuple[int, int], data: bytes) -> bytes:
    import torch

    kind = torch.uint8 if dtype == b"B" else torch.int64
    tokens = torch.frombuffer(bytearray(data), dtype=kind).view(size).long()
    logits = model(tokens).detach().to("cpu", torch.float32).contiguous()
    head = struct.pack(f"<cI{logits.dim()}I", b"L", logits.dim(), *logits.shape)
    return head + ctypes.string_at(logits.data_ptr(), 4 * logits.numel())


def failure(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error)).encode("utf-8", "replace")[-MESSAGE_BYTES:]
    return struct.pack("<cI", b"E", len(text)) + text


def serve(requests: BinaryIO, answers: BinaryIO, script: str, checkpoint: str) -> None:
    try:
        model = load_model(script, checkpoint)
        reply = b"R"
    except BaseException as error:  # noqa: BLE001 - the candidate's code may raise anything
        model, reply = None, failure(error)
    while True:
        answers.write(reply)
        answers.flush()
        dtype, batch, length = struct.unpack("<cII", requests.read(9))
        if model is None or batch == 0:
            return
        data = requests.read(batch * length * (1 if dtype == b"B" else 8))
        try:
            reply = answer(model, dtype, (batch, length), data)
        except BaseException as error:  # noqa: BLE001 - the same
            reply = failure(error)


if __name__ == "__main__":
    serve(*open_channel(), *sys.argv[1:3])
