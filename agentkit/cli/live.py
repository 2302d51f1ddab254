"""LiveView: a run watched on one terminal screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.live import Live
from rich.text import Text

from agentkit.cli.scene import Scene
from agentkit.cli.screen import CURVE_HEIGHT, compose, curve
from agentkit.contracts.events import Event

REFRESHES = 3
"""Frames a second. A frame costs a few milliseconds, which trainings on this machine would feel."""


def whole_screen(console: Console, shown: ConsoleRenderable) -> Live:
    """The alternate screen, on which `shown` is drawn again and again."""
    return Live(
        get_renderable=lambda: shown,
        console=console,
        screen=True,
        refresh_per_second=REFRESHES,
        redirect_stdout=False,
    )


class LiveView:
    """An observer and a context manager. It takes the whole screen, gives it back, and leaves the last frame.

    The alternate screen is redrawn whole, so a resized terminal is right again after one frame.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.time) -> None:
        self.scene = Scene()
        self._console = console
        self._clock = clock
        self._lock = threading.Lock()
        self._live = whole_screen(console, self)

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.scene.apply(event)

    def recall(self, events: Iterable[Event]) -> None:
        """What a resumed run did before; call it before the view is entered."""
        for event in events:
            self(event)

    def __enter__(self) -> LiveView:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        width = self._console.width
        with self._lock:
            # After a normal end the report repeats all but the curve.
            done = error is None and self.scene.ended and self.scene.ended.get("state") == "ended"
            curve_only = curve(self.scene, width, CURVE_HEIGHT) if done else None
        for line in self.frame(width, None) if curve_only is None else curve_only:
            self._console.print(line, no_wrap=True, overflow="ellipsis", highlight=False)

    def frame(self, width: int, height: int | None) -> list[Text]:
        """The lines of this moment; `height` None: all of them."""
        with self._lock:
            return compose(self.scene, width, height, self._clock())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("\n").join(self.frame(options.max_width, options.height or options.size.height))
