"""Reading a training run's progress lines as they come. For the screen only; no score depends on it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from agentkit.contracts.sandbox import OnOutput

_LINE = re.compile(
    rb"step[: =]+(?P<step>\d+)(?:/(?P<steps>\d+))?.*?loss[: =]+(?P<loss>[0-9.eE+-]+|nan)", re.IGNORECASE
)

Tell = Callable[..., None]
"""`Journal.tell`: kind, attempt, and the event's data as keywords."""


def watch_output(tell: Tell, attempt: str, purpose: str) -> OnOutput:
    """A listener that tells `output` for each piece and `progress` for each step line in it."""
    began = time.monotonic()
    rest = b""

    def listen(piece: bytes) -> None:
        nonlocal rest
        tell("output", attempt, text=piece.decode("utf-8", errors="replace"))
        *lines, rest = (rest + piece).split(b"\n")
        rest = rest[-4096:]
        for line in lines:
            match = _LINE.search(line)
            if match is None:
                continue
            try:
                loss = float(match["loss"])
            except ValueError:
                continue
            tell(
                "progress",
                attempt,
                purpose=purpose,
                step=int(match["step"]),
                steps=int(match["steps"]) if match["steps"] else None,
                loss=loss,
                seconds=time.monotonic() - began,
            )

    return listen
