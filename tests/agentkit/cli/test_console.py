from __future__ import annotations

import pytest

from agentkit.cli.console import PIPE_WIDTH, open_console


def test_a_pipe_is_wide_and_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    console = open_console()
    console.print("[red]word[/red] " + "x" * (PIPE_WIDTH - 10))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "\x1b" not in out
