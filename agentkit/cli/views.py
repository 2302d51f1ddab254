"""Views: the ways to watch a run, and which one fits where it is watched from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Protocol

from agentkit.cli.lines import LineView
from agentkit.contracts.events import Event


class View(Protocol):
    """An observer that lives as long as the run it watches. Writes to stderr only."""

    def __call__(self, event: Event) -> None: ...

    def recall(self, events: Iterable[Event]) -> None:
        """What a resumed run did before."""

    def __enter__(self) -> View: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class SilentView:
    """Says nothing."""

    def __call__(self, event: Event) -> None:
        return None

    def recall(self, events: Iterable[Event]) -> None:
        return None

    def __enter__(self) -> SilentView:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def choose_view(*, json: bool, stderr_is_terminal: bool, quiet: bool) -> View:
    """`json` means that a program reads along, which is better served by lines than by a screen."""
    if quiet:
        return SilentView()
    can_draw = os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    if json or not stderr_is_terminal or not can_draw:
        return LineView(sys.stderr)
    from rich.console import Console

    from agentkit.cli.live import LiveView

    return LiveView(Console(stderr=True))
