from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from agentkit.cli.live import LiveView
from agentkit.contracts.events import Event


def terminal(width: int, height: int = 40) -> Console:
    return Console(record=True, width=width, height=height, force_terminal=True, file=io.StringIO())


@pytest.mark.parametrize("width", [60, 100])
def test_a_frame_fills_the_screen_it_is_drawn_on(under_way: list[Event], width: int) -> None:
    console = terminal(width)
    view = LiveView(console, clock=lambda: under_way[-1].time)
    view.recall(under_way)
    console.print(view)
    lines = console.export_text(styles=False).splitlines()
    assert "no model is called" in " ".join(" ".join(lines).split())
    assert any(line.startswith("Attempts") for line in lines)
    assert max(map(len, lines)) <= width and len(lines) <= 40


def test_a_resized_terminal_is_drawn_in_its_new_size(under_way: list[Event]) -> None:
    console = terminal(100)
    view = LiveView(console, clock=lambda: under_way[-1].time)
    view.recall(under_way)
    console.width, console.height = 60, 20
    console.print(view)
    lines = console.export_text(styles=False).splitlines()
    assert len(lines) <= 20 and max(map(len, lines)) <= 60


def test_the_screen_is_given_back_and_a_stopped_run_leaves_its_last_frame(under_way: list[Event]) -> None:
    console = terminal(100)
    with pytest.raises(KeyboardInterrupt), LiveView(console, clock=lambda: under_way[-1].time) as view:
        for event in under_way:
            view(event)
        raise KeyboardInterrupt
    assert isinstance(console.file, io.StringIO)
    enter, leave = "\x1b[?1049h", "\x1b[?1049l"
    written = console.file.getvalue()
    assert enter in written
    after = written.partition(leave)[2]
    assert "a2" in after and "NameError" in after and enter not in after


def test_after_a_normal_end_only_the_curve_stays(finished: list[Event]) -> None:
    console = terminal(100)
    with LiveView(console) as view:
        for event in finished:
            view(event)
    assert isinstance(console.file, io.StringIO)
    after = console.file.getvalue().partition("\x1b[?1049l")[2]
    assert "Loss" in after and "NameError" not in after


def test_a_frame_costs_little(under_way: list[Event]) -> None:
    view = LiveView(terminal(160, 60))
    view.recall(under_way)
    began = time.process_time()
    for _ in range(20):
        view.frame(160, 60)
    assert (time.process_time() - began) / 20 < 0.05
