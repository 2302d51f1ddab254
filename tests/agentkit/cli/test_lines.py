from __future__ import annotations

import contextlib
import io
import os
import re

from agentkit.cli.lines import PACE, LineView
from agentkit.contracts.events import Event


def told(events: list[Event]) -> list[str]:
    stream = io.StringIO()
    with LineView(stream) as view:
        for event in events:
            view(event)
    return stream.getvalue().splitlines()


def test_every_line_is_plain_and_stamped(finished: list[Event]) -> None:
    lines = told(finished)
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in lines)
    assert "\x1b" not in "".join(lines)


def test_the_story_is_told_in_order(finished: list[Event]) -> None:
    text = "\n".join(told(finished))
    parts = [
        "Solving speedrun/record12", "no model is called", "measuring the starting point, 1 of 3",
        "The scale goes from", "a1: valid", "a2: crashed: NameError", "a3: finding out why it failed",
        "a3: measured again on fresh seed 103", "recovers 81 %", "Finished: policy finished.",
    ]  # fmt: skip
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)


def test_progress_is_told_about_every_five_seconds_and_at_the_end() -> None:
    def step(number: int) -> Event:
        data = {"purpose": "attempt a1", "step": number, "steps": 100, "loss": 2.0, "seconds": number / 5}
        return Event(number=-1, time=number / 5, kind="progress", attempt="a1", data=data)

    lines = told([step(number) for number in range(101)])
    assert len(lines) == 100 / 5 / PACE + 1
    assert "step 100 of 100" in lines[-1]


def test_control_codes_of_a_candidate_are_not_passed_on() -> None:
    event = Event(number=0, time=0.0, kind="note", data={"text": "\x1b[2Jgone\x07"})
    assert told([event])[0].isprintable()


def test_waiting_is_told_once() -> None:
    event = Event(number=-1, time=0.0, kind="waiting", data={"text": "for the model"})
    assert len(told([event, event, event])) == 1


def test_a_resumed_run_says_how_much_is_kept(finished: list[Event]) -> None:
    stream = io.StringIO()
    LineView(stream).recall(finished)
    assert "3 finished attempts are kept" in stream.getvalue()


def test_a_closed_pipe_does_not_end_the_run() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w", buffering=1)
    with LineView(stream) as view:
        view(Event(number=0, time=0.0, kind="note", data={"text": "hello"}))
        view(Event(number=1, time=0.0, kind="note", data={"text": "hello again"}))
    with contextlib.suppress(BrokenPipeError):
        stream.close()
