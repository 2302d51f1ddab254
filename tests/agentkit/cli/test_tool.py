from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Literal

import pytest

from agentkit.cli.main import main
from agentkit.cli.tool import parse
from agentkit.contracts.tool import ToolContext, ToolResult, reading_tool
from agentkit.errors import UsageError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_tool_works_on_the_current_folder_and_its_result_decides_the_exit_code(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tool", "shell", "pwd; echo made > file.txt"]) == 0
    assert capsys.readouterr().out.startswith(f"{here}\n[Exit code 0")
    assert (here / "file.txt").read_text() == "made\n"
    assert main(["tool", "shell", "exit 3"]) == 1
    assert main(["tool", "editor", "view", "--path", "log:shell-0001.log"]) == 0
    assert str(here) in capsys.readouterr().out


def test_the_envelope_is_printed_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.py").write_text("x = 1\ny = 2\n")
    arguments = ["tool", "editor", "view", "--path", "a.py", "--view-range", "2", "-1", "--json"]
    assert main(arguments) == 0
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["data"] == {"path": "a.py", "first": 2, "last": 2, "lines": 2}


def test_a_job_is_found_again_by_the_next_command(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "echo out > kept.txt; echo said"
    assert main(["tool", "job", "start", "--name", "one", "--script", script, "--keep", "*.txt"]) == 0
    assert main(["tool", "job", "wait", "--name", "one"]) == 0
    assert "said\n[Exit code 0" in capsys.readouterr().out
    assert (here / "kept.txt").read_text() == "out\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shel", "x"], "Did you mean: shell"),
        (["shell"], "required: COMMAND"),
        (["editor", "viev"], "invalid choice: 'viev'"),
        (["shell", "ls", "--timeout-seconds", "soon"], "timeout_seconds: Input should be a valid number"),
        (["shell", "ls", "--folder", "/nowhere"], "There is no folder /nowhere"),
        (["shell", "ls", "--sandbox", "dokcer"], "Did you mean: docker?"),
    ],
)
def test_what_does_not_fit_is_said_with_the_next_step(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tool", *words]) == 2
    assert said in capsys.readouterr().err


def test_help_comes_from_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "shell", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: agentkit tool shell" in shown
    assert "--timeout-seconds" in shown
    assert main(["tool"]) == 0
    assert "shell" in capsys.readouterr().out


@reading_tool
async def every(
    context: ToolContext,
    name: str,
    count: int,
    order: Literal["up", "down"] = "up",
    sizes: list[int] | None = None,
    fast: bool = False,
    extra: dict[str, int] | None = None,
    folder: str = "",
) -> ToolResult:
    """A tool with every kind of argument, one called as a flag of ours."""
    return ToolResult(ok=True, summary="")


def test_arguments_of_every_kind_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from stdin"))
    words = [
        "-",
        "3",
        "--order",
        "down",
        "--sizes",
        "1",
        "2",
        "--fast",
        "--extra",
        '{"a": 1}',
        "--folder",
        "j",
    ]
    call = parse(every, words, "every")
    assert call is not None
    assert call.arguments == {
        "name": "from stdin", "count": 3, "order": "down", "sizes": [1, 2], "fast": True,
        "extra": {"a": 1}, "folder": "j",
    }  # fmt: skip
    assert call.own == {"sandbox": "local", "folder": ".", "json": False}
    with pytest.raises(UsageError, match="written as JSON"):
        parse(every, ["n", "3", "--extra", "{"], "every")


SERVER = Path(__file__).parents[2] / "plugins" / "mcp_server.py"


@pytest.mark.real
def test_a_tool_of_an_mcp_server(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = json.dumps([sys.executable, str(SERVER)])
    (here / "agentkit.toml").write_text(f"[mcp.tiny]\ncommand = {command}\ntimeout_seconds = 120\n")
    assert main(["tool", "tiny/add", "2", "40"]) == 0
    assert capsys.readouterr().out == "42\n"
    for words, said in (
        (["tniy/add"], "Did you mean: tiny?"),
        (["tiny/*"], "tiny/add, tiny/flood"),
        (["tiny/add", "1", "2", "--sandbox", "dokcer"], "Did you mean: docker?"),
    ):
        assert main(["tool", *words]) == 2
        assert said in capsys.readouterr().err


def test_a_server_that_is_not_declared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "none/add"]) == 2
    assert "[mcp.NAME] of agentkit.toml" in capsys.readouterr().err
