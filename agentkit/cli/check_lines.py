"""What one sees while a benchmark is checked: a line a task, and what is being measured."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from agentkit.cli.lines import LineView
from agentkit.cli.sentences import say_purpose
from agentkit.contracts.events import Event

if TYPE_CHECKING:
    from rich.console import Console

REFRESHES = 2
"""Frames a second; measurements on this machine would feel more."""


class TaskLines(Protocol):
    """A context manager and an observer. Writes to stderr only."""

    def begin(self, task: str, number: int, of: int) -> None: ...

    def __call__(self, event: Event) -> None: ...

    def end(self, task: str, verdict: str) -> None: ...

    def __enter__(self) -> TaskLines: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PlainLines:
    """For logs and pipes: what is measured, line after line, and the verdicts between. No view: nothing."""

    def __init__(self, view: LineView | None) -> None:
        self._view = view

    def begin(self, task: str, number: int, of: int) -> None:
        self._say(f"{task} ({number} of {of})")

    def __call__(self, event: Event) -> None:
        if self._view is not None:
            self._view(event)

    def end(self, task: str, verdict: str) -> None:
        self._say(f"{task}: {verdict}")

    def _say(self, text: str) -> None:
        self(Event(number=-1, time=time.time(), kind="note", data={"text": text}))

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class ScreenLines:
    """For a terminal: finished tasks scroll by, and the one under way has the last line."""

    def __init__(self, console: Console) -> None:
        from rich.status import Status

        self._console = console
        self._status = Status("", console=console, refresh_per_second=REFRESHES)
        self._task = ""

    def begin(self, task: str, number: int, of: int) -> None:
        self._task = f"{task} ({number} of {of})"
        self._show("")

    def __call__(self, event: Event) -> None:
        if event.kind not in ("calibrating", "progress"):
            return
        doing = say_purpose(str(event.data.get("purpose", "")))
        step, steps = event.data.get("step"), event.data.get("steps")
        self._show(f"{doing}, step {step} of {steps}" if step is not None and steps else doing)

    def end(self, task: str, verdict: str) -> None:
        self._console.print(f"{task}: {verdict}", markup=False, highlight=False)

    def _show(self, doing: str) -> None:
        from rich.text import Text

        self._status.update(Text(f"{self._task}  {doing}".rstrip()))

    def __enter__(self) -> ScreenLines:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()


def choose_lines(*, json: bool, stderr_is_terminal: bool, quiet: bool) -> TaskLines:
    """By the same rules as `choose_view`."""
    if quiet:
        return PlainLines(None)
    if json or not stderr_is_terminal or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        return PlainLines(LineView(sys.stderr))
    from rich.console import Console

    return ScreenLines(Console(stderr=True))
