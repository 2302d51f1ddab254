"""Stopping: SIGTERM ends a sweep as Ctrl-C does, so that its workers are stopped and not left to notice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from agentkit.errors import Terminated


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal raise Terminated inside the block. For the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated(f"The sweep was stopped by {signal.Signals(number).name}.")

    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup, which asks to go on
        numbers.append(signal.SIGHUP)
    former = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
