"""Start llama.cpp's own HTTP server for a test."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CONTEXT = 8_192
"""Of one conversation, in tokens; the scripted model's tokens are bytes."""


@contextlib.contextmanager
def llama(model: Path, context: int = CONTEXT, *keys: str) -> Iterator[str]:
    """llama.cpp's HTTP server on a model file; its address."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("llama_server.py")),
        str(model),
        str(context),
        *keys,
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(20)
