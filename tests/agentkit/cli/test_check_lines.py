"""The lines that are shown while a benchmark is checked."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agentkit.cli.check_lines import PlainLines, ScreenLines, TaskLines, choose_lines
from agentkit.cli.lines import LineView
from agentkit.contracts.events import Event


def tell(lines: TaskLines) -> None:
    with lines:
        lines.begin("toy/number", 3, 19)
        data = {"purpose": "calibration start 1/3", "step": 40, "steps": 140}
        lines(Event(number=-1, time=0.0, kind="progress", data=data))
        lines.end("toy/number", "sound [1]")


def test_on_a_terminal_the_task_under_way_has_a_line_and_the_verdict_stays() -> None:
    stream = io.StringIO()
    tell(ScreenLines(Console(file=stream, force_terminal=True, width=120)))
    said = stream.getvalue()
    assert "toy/number (3 of 19)  measuring the starting point, 1 of 3, step 40 of 140" in said
    assert "toy/number: sound [1]\n" in said


def test_in_a_pipe_everything_is_a_line() -> None:
    stream = io.StringIO()
    tell(PlainLines(LineView(stream)))
    lines = [line[10:] for line in stream.getvalue().splitlines()]
    assert lines[0] == "toy/number (3 of 19)"
    assert "step 40 of 140" in lines[1]
    assert lines[-1] == "toy/number: sound [1]"


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    tell(choose_lines(json=False, stderr_is_terminal=False, quiet=True))
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.parametrize(
    ("json", "terminal", "term", "kind"),
    [
        (False, True, "xterm", ScreenLines),
        (True, True, "xterm", PlainLines),
        (False, False, "xterm", PlainLines),
        (False, True, "dumb", PlainLines),
    ],
)
def test_which_one_fits(
    monkeypatch: pytest.MonkeyPatch, json: bool, terminal: bool, term: str, kind: type
) -> None:
    monkeypatch.setenv("TERM", term)
    assert isinstance(choose_lines(json=json, stderr_is_terminal=terminal, quiet=False), kind)
