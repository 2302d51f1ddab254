import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import Environment, Limits, ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]


def test_a_command_runs_in_the_workspace(use: Use, folder: Path) -> None:
    result = use("shell", command="pwd; echo to stderr >&2; echo made > file.txt")
    assert result.ok
    assert result.text.splitlines()[:2] == [str(folder), "to stderr"]
    assert "[Exit code 0 after" in result.text
    assert (folder / "file.txt").read_text() == "made\n"
    assert result.summary.startswith("exit 0 in ")
    assert "echo to stderr" in result.summary
    assert result.seconds > 0
    assert result.truncated is None


def test_a_failure_is_told_with_its_exit_code(use: Use) -> None:
    result = use("shell", command="echo before; exit 3")
    assert not result.ok
    assert result.text.startswith("before\n[Exit code 3 after")
    assert result.data["exit_code"] == 3
    missing = use("shell", command="no_such_program")
    assert "not found" in missing.next_hint
    assert "[Exit code 0" in use("shell", command="true").text
    assert use("shell", command="true").text.endswith("It printed nothing.]")


def test_a_death_by_signal_is_named(use: Use) -> None:
    result = use("shell", command="kill -9 $$")
    assert not result.ok
    assert "SIGKILL" in result.text
    assert "memory" in result.next_hint


def test_a_timeout_keeps_what_was_printed_and_leaves_no_process(use: Use, folder: Path) -> None:
    began = time.monotonic()
    result = use(
        "shell", command="echo early; sleep 300 & echo $! > pid; sleep 300", timeout_seconds=1.0
    )  # fmt: skip
    assert time.monotonic() - began < 20
    assert not result.ok
    assert result.text.startswith("early\n[Stopped by the time limit")
    assert result.summary.startswith("timeout after")
    assert "timeout_seconds" in result.next_hint
    child = int((folder / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_task_limit_holds_where_it_is_shorter(context: ToolContext) -> None:
    limited = replace(context, environment=Environment(limits=Limits(seconds=0.5)))
    shell = open_catalog().load("tool", "shell")
    result = asyncio.run(shell.call(limited, {"command": "sleep 60", "timeout_seconds": 50}))
    assert result.data["status"] == "timeout"
    assert result.seconds < 20


def test_a_flood_is_cut_and_all_of_it_is_in_the_log(use: Use, context: ToolContext) -> None:
    script = "for i in range(60000): print('step', i, 'Error: middle' if i == 30000 else '')"
    result = use("shell", command=f'python3 -c "{script}"')
    assert result.ok
    assert len(result.text) <= 8000
    assert result.text.startswith("step 0")
    assert "step 30000 Error: middle" in result.text
    assert "step 59999" in result.text
    assert result.truncated is not None
    assert result.truncated.full_log == "log:shell-0001.log"
    log = context.logs / "shell-0001.log"
    assert result.truncated.from_chars == log.stat().st_size
    assert len(log.read_text().splitlines()) == 60000
    assert "log:shell-0001.log" in result.text
    page = use("editor", command="view", path="log:shell-0001.log", view_range=[30001, 30001])
    assert "step 30000 Error" in page.text
    found = use("search", command="text", path="log:shell-0001.log", pattern="Error")
    assert found.data["matches"] == 1


def test_an_output_that_the_sandbox_shows_whole_is_cut_too(use: Use) -> None:
    result = use("shell", command="seq 1 3000")
    assert len(result.text) <= 8000
    assert result.truncated is not None
    assert result.truncated.from_chars == len("\n".join(str(number) for number in range(1, 3001)))


def test_logs_are_numbered_also_after_a_resume(use: Use, context: ToolContext) -> None:
    use("shell", command="echo 1")
    (context.logs / "shell-0007.log").write_text("of an earlier process")
    assert use("shell", command="echo 2").data["log"] == "log:shell-0008.log"
    assert (context.logs / "shell-0008.log").read_text() == "2\n"


def test_nothing_waits_for_a_key_and_the_task_variables_win(context: ToolContext, use: Use) -> None:
    result = use("shell", command="echo $PAGER $TQDM_DISABLE $PYTHONUNBUFFERED $TASK_DATA")
    assert result.text.startswith("cat 1 1 here\n")
    own = replace(context, environment=Environment(variables={"PAGER": "less"}))
    shell = open_catalog().load("tool", "shell")
    told = asyncio.run(shell.call(own, {"command": "echo $PAGER"}))
    assert told.text.startswith("less\n")


def test_no_variable_of_the_host_is_seen(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret-value")
    assert "secret-value" not in use("shell", command="env").text


@pytest.mark.parametrize(
    "arguments",
    [
        {"command": "  "},
        {"command": "echo a\0b"},
        {"command": "echo a", "timeout_seconds": 0},
        {"command": "echo a", "timeout_seconds": float("nan")},
        {"command": "echo a", "timeout_seconds": float("inf")},
        {"command": "echo a", "cwd": "/"},
    ],
)
def test_bad_input_is_a_result(use: Use, context: ToolContext, arguments: dict[str, object]) -> None:
    result = use("shell", **arguments)
    assert not result.ok
    assert result.text
    assert not context.logs.exists()


def test_output_that_is_no_text_is_shown(use: Use) -> None:
    result = use("shell", command=r"printf '\x00\xff\x1b[31mred\n'")
    result.model_dump_json()
    assert "red" in result.text
