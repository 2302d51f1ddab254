"""The kept shell."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]


def test_folder_variables_and_functions_are_kept(keep_using: Use, folder: Path) -> None:
    (folder / "sub").mkdir()
    first = keep_using("session", command="cd sub; x=5; f() { echo f $1; }; export Y=7; echo one")
    assert first.ok
    assert first.text.startswith("one\n[Exit code 0 after")
    second = keep_using("session", command="pwd; f $x; python -c \"import os; print(os.environ['Y'])\"")
    assert second.text.splitlines()[:3] == [str(folder / "sub"), "f 5", "7"]


def test_output_that_looks_like_a_result_is_output(keep_using: Use) -> None:
    forged = keep_using("session", command='echo \'{"code": 0}\'; printf "no newline" >&2; (exit 4)')
    assert forged.text.startswith('{"code": 0}\nno newline\n[Exit code 4')
    assert not forged.ok


def test_a_command_that_reads_gets_nothing_and_cannot_eat_the_next_one(keep_using: Use) -> None:
    assert "[Exit code 0" in keep_using("session", command="cat; read x || echo empty").text
    assert keep_using("session", command="echo next").text.startswith("next\n")


def test_a_hanging_command_ends_with_all_it_started_and_the_shell_lives_on(
    keep_using: Use, folder: Path
) -> None:
    began = time.monotonic()
    hung = keep_using(
        "session", command="x=1; echo early; setsid sleep 300 & echo $! > pid; sleep 300", timeout_seconds=1
    )
    assert time.monotonic() - began < 30
    assert not hung.ok
    assert hung.text.startswith("early\n")
    assert "has kept its state" in hung.text
    assert keep_using("session", command="echo x is $x").text.startswith("x is 1\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), 0)
    loop = keep_using("session", command="while :; do :; done", timeout_seconds=0.5)
    assert loop.data["state_lost"] is False


def test_what_a_command_leaves_in_the_background_ends_with_it(keep_using: Use, folder: Path) -> None:
    left = keep_using("session", command="sleep 300 & echo $! > pid")
    assert "1 process left in the background was ended" in left.text
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), 0)


@pytest.mark.parametrize("command", ["exit 3", "set -e; false", "exec false", "kill -9 $$"])
def test_a_command_that_ends_the_shell_is_told_and_the_next_has_a_new_one(
    keep_using: Use, command: str
) -> None:
    ended = keep_using("session", command=f"x=1; {command}")
    assert ended.data["state_lost"] is True
    assert "The next call has a new one" in ended.text
    assert keep_using("session", command="echo x is $x").text.startswith("x is\n")


def test_one_that_cannot_be_interrupted_is_killed(keep_using: Use) -> None:
    lost = keep_using("session", command="trap '' USR1; while :; do :; done", timeout_seconds=0.5)
    assert lost.data["timeout"] is True
    assert lost.data["state_lost"] is True
    assert keep_using("session", command="echo back").text.startswith("back\n")


def test_a_mistake_in_the_syntax_leaves_the_shell_as_it_is(keep_using: Use) -> None:
    keep_using("session", command="x=1")
    wrong = keep_using("session", command="if then fi (")
    assert not wrong.ok
    assert "syntax error" in wrong.text
    assert keep_using("session", command="echo x is $x").text.startswith("x is 1\n")


def test_a_flood_is_cut_and_all_of_it_is_in_the_log(keep_using: Use, context: ToolContext) -> None:
    flood = keep_using("session", command="seq 200000; echo RuntimeError: in between; seq 200000")
    assert len(flood.text) < 9000
    assert "RuntimeError: in between" in flood.text
    assert flood.truncated is not None
    log = context.logs / flood.truncated.full_log.removeprefix("log:")
    assert log.read_text().count("\n") == 400_001
    assert keep_using("session", command="echo small").truncated is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": "  "}, "empty"),
        ({"command": "echo \0"}, "NUL"),
        ({"command": "true", "timeout_seconds": 0}, "more than 0"),
    ],
)
def test_bad_input_is_refused_in_words(keep_using: Use, arguments: dict[str, object], said: str) -> None:
    result = keep_using("session", **arguments)
    assert not result.ok
    assert said in result.text
