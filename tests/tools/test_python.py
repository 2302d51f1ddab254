from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]


def test_names_are_kept_and_the_last_expression_is_shown(keep_using: Use, folder: Path) -> None:
    (folder / "mine.py").write_text("def double(x):\n    return 2 * x\n")
    assert keep_using("python", code="import mine\nx = 21").text.startswith("[Exit code 0 after")
    shown = keep_using("python", code="print('hello')\nmine.double(x)")
    assert shown.ok
    assert shown.text.startswith("hello\n42\n[Exit code 0")


def test_an_error_shows_the_line_and_names_stay(keep_using: Use) -> None:
    wrong = keep_using("python", code="x = 1\ny = x / 0\n")
    assert not wrong.ok
    assert "y = x / 0" in wrong.text
    assert "ZeroDivisionError" in wrong.text
    assert "agentkit" not in wrong.text
    assert keep_using("python", code="x").text.startswith("1\n")
    assert "SyntaxError" in keep_using("python", code="def f(:").text


def test_a_timeout_interrupts_and_keeps_what_was_there(keep_using: Use) -> None:
    slow = keep_using("python", code="x = 5\nwhile True:\n    pass", timeout_seconds=0.5)
    assert slow.data["timeout"] is True
    assert slow.data["state_lost"] is False
    assert keep_using("python", code="x").text.startswith("5\n")


def test_one_that_does_not_listen_or_dies_is_started_again(keep_using: Use) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nx = 1\nwhile True: pass"
    lost = keep_using("python", code=deaf, timeout_seconds=0.5)
    assert lost.data["state_lost"] is True
    assert "its variables and imports are gone" in lost.text
    assert "NameError" in keep_using("python", code="x").text
    assert keep_using("python", code="import os; os._exit(7)").data == {
        "exit_code": 7,
        "timeout": False,
        "state_lost": True,
        "log": "log:python-0001.log",
    }
    assert keep_using("python", code="1 + 1").text.startswith("2\n")


def test_exit_is_an_exit_code_and_no_end(keep_using: Use) -> None:
    keep_using("python", code="x = 1")
    assert keep_using("python", code="import sys; sys.exit(3)").data["exit_code"] == 3
    assert keep_using("python", code="x").text.startswith("1\n")


def test_another_process_says_that_everything_is_gone(keep_using: Use, context: ToolContext) -> None:
    keep_using("python", code="x = 1")
    context.state.clear()  # as in a process that resumes
    first = keep_using("python", code="print('x' in globals())")
    assert first.text.startswith("[A new interpreter: the one before ended with the process that had it")
    assert "False" in first.text
    assert "A new interpreter" not in keep_using("python", code="1").text


def test_a_flood_is_cut_and_all_of_it_is_in_the_log(keep_using: Use, context: ToolContext) -> None:
    flood = keep_using("python", code="for n in range(30000): print(n)\n'the end'")
    assert len(flood.text) <= 8000 and "'the end'" in flood.text
    assert flood.truncated is not None
    log = context.logs / flood.truncated.full_log.removeprefix("log:")
    assert "\n29999\n" in log.read_text()


@pytest.mark.parametrize(("code", "said"), [("", "empty"), ("#" * 1_000_001, "longer than a megabyte")])
def test_bad_input_is_refused_in_words(keep_using: Use, code: str, said: str) -> None:
    result = keep_using("python", code=code)
    assert not result.ok
    assert said in result.text
