"""LineView: a run told line by line, for logs and pipes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

from agentkit.cli.figures import printable, say_number, say_seconds, shorten
from agentkit.cli.sentences import notes_of, say_event, say_purpose
from agentkit.contracts.events import Event

PACE = 5.0
"""Seconds between two lines about the same training."""

WIDEST = 400
"""Characters of one line."""


class LineView:
    """An observer and a context manager. Plain text, one stamped line an event worth one, nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: dict[str, float] = {}
        self._previous = ""

    def __call__(self, event: Event) -> None:
        if event.kind == "progress":
            self._progress(event)
            return
        text = say_event(event)
        if not text or (event.kind == "waiting" and text == self._previous):
            return
        self._previous = text
        self._write(event.time, text)
        if event.kind in ("run_started", "run_resumed"):
            for note in notes_of(event.data):
                self._write(event.time, note)

    def recall(self, events: Iterable[Event]) -> None:
        """What a resumed run did before: it was told when it happened, so it is only counted here."""
        count = sum(event.kind == "attempt" for event in events)
        if count:
            self._write(time.time(), f"{count} finished attempts are kept from before.")

    def __enter__(self) -> LineView:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def _progress(self, event: Event) -> None:
        data, purpose = event.data, str(event.data.get("purpose", ""))
        before = self._told.get(purpose)
        last = data.get("step") is not None and data.get("step") == data.get("steps")
        if before is not None and event.time - before < PACE and not last:
            return
        self._told[purpose] = event.time
        parts = [say_purpose(purpose)]
        if data.get("step") is not None:
            parts.append(f"step {data['step']}" + (f" of {data['steps']}" if data.get("steps") else ""))
        if data.get("loss") is not None:
            parts.append(f"loss {say_number(float(data['loss']))}")
        if data.get("seconds") is not None:
            parts.append(say_seconds(float(data["seconds"])))
        self._write(event.time, ", ".join(parts))

    def _write(self, when: float, text: str) -> None:
        stamp = time.strftime("%H:%M:%S", time.localtime(when))
        with contextlib.suppress(OSError):  # a run outlives the pipe it is told to
            self._stream.write(f"{stamp}  {shorten(printable(text), WIDEST)}\n")
            self._stream.flush()
