"""The command line from the outside: help, mistakes, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

import agentkit
from agentkit.cli.main import BROKEN_PIPE, COMMANDS, INTERRUPTED, UNEXPECTED, main

CHECKOUT = Path(__file__).parents[3]


def agent(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **variables}
    return subprocess.run(
        [sys.executable, "-m", "agentkit", *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def plugin(folder: Path, body: str, command: str = "mine") -> None:
    (folder / "plugins").mkdir(exist_ok=True)
    head = f'"""Do my own thing."""\nimport agentkit\nCOMMAND = "{command}"\ndef add_arguments(parser): ...\n'
    (folder / "plugins" / f"{command}.py").write_text(head + dedent(body))


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command_and_its_purpose(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0
    text = capsys.readouterr().out
    for name, (_, purpose) in COMMANDS.items():
        assert f"  {name}" in text
        assert purpose in text
    assert text.count("\n  agentkit ") == 3
    assert max(len(line) for line in text.splitlines() if not line.endswith("]")) <= 100


def test_every_command_has_its_module() -> None:
    assert [name for name, (module, _) in COMMANDS.items() if find_spec(module) is None] == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"agentkit {agentkit.__version__}\n"


def test_unknown_command_offers_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lst"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("agentkit: There is no command 'lst'.")
    assert "Did you mean: list?" in error


def test_options_go_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--loud", "list"]) == 2
    assert "no option --loud before a command" in capsys.readouterr().err


def test_a_commands_own_help_and_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--help"]) == 0
    assert COMMANDS["list"][1] in capsys.readouterr().out
    assert main(["list", "--jsn"]) == 2
    error = capsys.readouterr().err
    assert "--jsn" in error
    assert "Next: agentkit list --help" in error


def test_only_the_named_command_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from agentkit.cli.main import main; main(['list', '--json'])\n"
        "print(sorted(m for m in sys.modules if m.startswith('agentkit.cli.')), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert result.stderr.strip() == "['agentkit.cli.list', 'agentkit.cli.main', 'agentkit.cli.streams']"


@pytest.mark.parametrize(
    ("words", "forbidden"),
    [(["--help"], {"pydantic"}), (["list"], set()), (["list", "kits", "--json"], {"pydantic"})],
)
def test_help_and_lists_import_nothing_heavy(words: list[str], forbidden: set[str], tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "agentkit", *words],
        cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in result.stderr.splitlines()}
    assert "argparse" in imported
    assert imported & ({"litellm", "langgraph", "torch", "docker", "rich", "numpy"} | forbidden) == set()


def test_a_kit_adds_a_command(tmp_path: Path) -> None:
    plugin(tmp_path, "def run(arguments):\n    print('did it')\n    return 5\n")
    assert "mine       Do my own thing. [project]" in agent(tmp_path, "--help").stdout
    result = agent(tmp_path, "mine")
    assert (result.stdout, result.returncode) == ("did it\n", 5)
    assert "Do my own thing." in agent(tmp_path, "mine", "--help").stdout


def test_a_kit_cannot_take_a_command_of_ours(tmp_path: Path) -> None:
    plugin(tmp_path, "def run(arguments):\n    print('taken')\n    return 0\n", command="list")
    result = agent(tmp_path, "list", "kits", "--json")
    assert json.loads(result.stdout)["kits"][0]["name"] == "project"


def test_a_broken_command_breaks_only_itself(tmp_path: Path) -> None:
    plugin(tmp_path, "import not_there\ndef run(arguments): ...\n")
    assert agent(tmp_path, "--help").returncode == 0
    result = agent(tmp_path, "mine")
    assert result.returncode == 1
    assert "plugins/mine.py:5" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unexpected_error_shows_its_traceback(tmp_path: Path) -> None:
    plugin(tmp_path, "def run(arguments):\n    return 1 // 0\n")
    result = agent(tmp_path, "mine")
    assert result.returncode == UNEXPECTED
    assert "ZeroDivisionError" in result.stderr
    assert "report it" in result.stderr.splitlines()[-1]


def test_an_error_of_ours_has_its_own_exit_code(tmp_path: Path) -> None:
    plugin(
        tmp_path,
        """
        from agentkit.errors import MissingRequirement
        def run(arguments):
            raise MissingRequirement("torch is missing.", "Next: pip install torch")
        """,
    )
    result = agent(tmp_path, "mine")
    assert (result.returncode, result.stderr) == (
        3,
        "agentkit: torch is missing.\n  Next: pip install torch\n",
    )


def test_interruption_is_not_a_traceback(tmp_path: Path) -> None:
    plugin(
        tmp_path,
        "import os, signal\ndef run(arguments):\n    os.kill(os.getpid(), signal.SIGINT)\n    return 0\n",
    )
    result = agent(tmp_path, "mine")
    assert (result.returncode, result.stderr) == (INTERRUPTED, "agentkit: stopped\n")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    plugin(tmp_path, "def run(arguments):\n    for _ in range(100000): print('a line')\n    return 0\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "agentkit", "mine"],
        cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), error) == (BROKEN_PIPE, b"")


def test_help_survives_a_project_that_is_not_there(tmp_path: Path) -> None:
    result = agent(tmp_path, "--help", AGENTKIT_PROJECT=str(tmp_path / "gone"))
    assert result.returncode == 0
    assert "commands of kits are not shown" in result.stdout
    assert agent(tmp_path, "list", AGENTKIT_PROJECT=str(tmp_path / "gone")).returncode == 2


def test_help_survives_a_deleted_working_directory(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && {sys.executable} -m agentkit list kits"
    result = subprocess.run(
        ["sh", "-c", script], env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "builtin" in result.stdout
