"""`agentkit check BENCHMARK`: all tasks, one table, and an exit code."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main

NOISY = """\
import json, os, pathlib, random
number = float(pathlib.Path("number.txt").read_text())
chance = random.Random(f"{number} {os.environ['AGENTKIT_SEED']}")
answer = {"metrics": {"score": chance.gauss(number / 1000, 5)}, "valid": True, "reason": ""}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
"""
LATER = """\
import json, os, pathlib
number = float(pathlib.Path("number.txt").read_text())
late = int(os.environ["AGENTKIT_SEED"]) >= 910_001 and number > 1
answer = {"metrics": {"score": number + 7 * late}, "valid": True, "reason": ""}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
"""
ADAPTER = """
from agentkit.contracts.task import TaskEntry

class Two:
    purpose = "A task that was left out."
    profiles = ()

    def entries(self):
        return [TaskEntry(name="six", purpose="p", refused="nothing changed from 6 to 7")]

    def load(self, name, profile):
        raise AssertionError

benchmark = Two()
"""


def add(number_task: Path, name: str, evaluate: str) -> None:
    folder = number_task.with_name(name)
    shutil.copytree(number_task, folder)
    (folder / "evaluate.py").write_text(evaluate)


@pytest.fixture
def toys(number_task: Path) -> Path:
    """A benchmark with every ending there is: `number` is sound, the others are what their names say."""
    add(number_task, "breaks", "raise SystemExit('no such thing')")
    add(number_task, "drifts", LATER)
    add(number_task, "noisy", NOISY)
    return number_task.parent


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["check", "tasks/toy", "--json", "--quiet", *words])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_every_task_is_looked_at_and_any_failure_is_the_exit_code(
    toys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = checked(capsys)
    states = {each["task"]: each["state"] for each in said["tasks"]}
    assert (code, said["failed"], said["benchmark"]) == (1, True, "toy")
    assert states == {
        "toy/breaks": "failed", "toy/drifts": "failed", "toy/noisy": "not measurable", "toy/number": "sound",
    }  # fmt: skip
    by_task = {each["task"]: each for each in said["tasks"]}
    assert "no such thing" in by_task["toy/breaks"]["reason"]
    assert "oracle lands at FSR 1.14" in by_task["toy/drifts"]["reason"]
    assert by_task["toy/number"]["oracle"]["fsr"] == 1.0
    assert by_task["toy/number"]["gap"] == 49.0


def test_what_cannot_be_measured_here_is_no_failure(toys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = checked(capsys, "--only", "noisy,number")
    assert (code, said["failed"]) == (0, False)
    assert [each["task"] for each in said["tasks"]] == ["toy/noisy", "toy/number"]


def test_a_table_for_people_and_lines_while_it_goes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "toy"]) == 0
    captured = capsys.readouterr()
    for words in (
        "toy/number",
        "sound",
        "1 (0)",
        "50 (0)",
        " 49 ",
        "1.00 [1.00, 1.00]",
        " 0.00 [0.00, 0.00]",
        "No task failed.",
    ):
        assert words in captured.out, words
    for words in ("toy/number (1 of 1)", "toy/number: sound", "check oracle 3/3"):
        assert words in captured.err, words


def test_markdown_for_the_docs(toys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "toy", "--only", "number", "--markdown", "--quiet"]) == 0
    said = capsys.readouterr().out
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert len({row.count("|") for row in rows}) == 1
    assert re.match(r"\| toy/number \| 1 \(0\) \| 50 \(0\) \|", rows[2])


def test_an_interrupted_check_goes_on(
    toys: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = 'import pathlib\nwith open("{}", "a") as file:\n    file.write("x")\n'.format(toys / "count")
    script = toys / "number" / "evaluate.py"
    script.write_text(counting + script.read_text())
    checked(capsys, "--only", "number", "--sandbox", "local")
    assert (toys / "count").read_text() == "x" * 12
    code, _ = checked(capsys, "--only", "number", "--sandbox", "local")
    assert (code, (toys / "count").read_text()) == (0, "x" * 12)
    checked(capsys, "--only", "number", "--sandbox", "local", "--fresh")
    assert (toys / "count").read_text() == "x" * 24


def test_a_refused_task_is_listed_with_its_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tasks" / "two").mkdir()
    (project / "tasks" / "two" / "adapter.py").write_text(ADAPTER)
    assert main(["check", "tasks/two", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "refused: nothing changed from 6 to 7" in said
    assert "1 tasks: 1 refused." in said


def test_a_mistake_in_one_task_does_not_stop_the_others(
    toys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (toys / "noisy" / "task.toml").write_text("title = 3\n")
    code, said = checked(capsys, "--only", "noisy,number")
    assert (code, [each["state"] for each in said["tasks"]]) == (1, ["failed", "sound"])
    assert "task.toml" in said["tasks"][0]["reason"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("toy", "--only", "nubmer"), "Did you mean: number?"),
        (("toy", "--exploits"), "--exploits is for one task"),
        (("toy/number", "--only", "number"), "--only is for a benchmark"),
        (("toy/number", "--markdown"), "--markdown is for a benchmark"),
        (("toyy",), "Did you mean: toy?"),
    ],
)
def test_what_is_wrong_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["check", *words]) == 2
    assert said in capsys.readouterr().err
