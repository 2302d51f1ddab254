from __future__ import annotations

import io

from rich.console import Console

from agentkit.cli.attempt_page import SHOWN, print_attempt
from agentkit.contracts.events import Event


def page(attempt: str, events: list[Event], diff: str = "", *, full: bool = False, width: int = 100) -> str:
    console = Console(record=True, width=width, force_terminal=True, file=io.StringIO())
    own = [event for event in events if event.attempt == attempt and event.number >= 0]
    print_attempt(attempt, own, diff, console, full=full)
    return console.export_text(styles=False)


def test_everything_in_the_order_it_came(finished: list[Event]) -> None:
    text = page("a3", finished, "-old\n+new\n")
    parts = [
        "a3: made by (debug of a2)", "Finding out why it failed", "What a3 tries", "Changing the code",
        "I change the window.", '→ editor(command="str_replace", path="train.py")',
        "editor: replaced 3 lines in train.py", "Replaced [red]3[/red].", "submitted after 1 turn", "+new",
        "Running the evaluation", "valid, 13.3 s CPU, loss 2.29", "measured by the harness",
        "measured again on fresh seed 103", "is the answer",
    ]  # fmt: skip
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)


def test_a_failure_with_the_end_of_its_log(finished: list[Event]) -> None:
    crash = next(event for event in finished if event.kind == "outcome" and event.attempt == "a2")
    log = "\n".join(f"line {number}" for number in range(100))
    events = [crash.model_copy(update={"data": {**crash.data, "log": log}})]
    text = page("a2", events)
    assert "crashed: NameError" in text and "line 99" in text and "line 50\n" not in text
    assert f"{100 - SHOWN} lines left out" in text
    assert "line 50" in page("a2", events, full=True)


def test_an_unfinished_attempt_says_so(under_way: list[Event]) -> None:
    assert "a3 is not finished." in page("a3", under_way)
    assert "not finished" not in page("a1", under_way)


def test_foreign_text_cannot_steer_the_terminal() -> None:
    reply = {"message": {"text": "\x1b[2Jhello :smile: [bold]"}, "usage": {}}
    text = page("a1", [Event(number=0, time=0.0, kind="reply", attempt="a1", data=reply)])
    assert "hello :smile: [bold]" in text and "\x1b" not in text


def test_a_narrow_screen_loses_nothing(finished: list[Event]) -> None:
    text = page("a3", finished, width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "What a3 tries" in text
