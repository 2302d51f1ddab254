"""`agentkit check`: tables, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.main import main

EXPLOIT = """
title = "A number beyond the limit"
source = "a test"
expected = ["invalid"]
caught_by = "the limit"
[cheat.files]
"number.txt" = "{cheat}"
[twin.files]
"number.txt" = "7"
"""


def test_a_sound_task(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "toy/number", "--quiet", "--repeats", "2"]) == 0
    said = capsys.readouterr().out
    for words in ("oracle passes", "nop fails", "noise", "digest", "The task itself is sound.", "--exploits"):
        assert words in said


@pytest.mark.parametrize(("cheat", "code", "state"), [("101", 0, "caught"), ("9", 1, "through")])
def test_a_tasks_own_exploit_decides_the_exit_code(
    number_task: Path, capsys: pytest.CaptureFixture[str], cheat: str, code: int, state: str
) -> None:
    (number_task / "exploits").mkdir()
    (number_task / "exploits" / "beyond.toml").write_text(EXPLOIT.format(cheat=cheat))
    words = ["check", "toy/number", "--exploits", "beyond", "--json", "--quiet", "--repeats", "2"]
    assert main(words) == code
    said = json.loads(capsys.readouterr().out)
    assert said["failed"] is (code == 1)
    assert [(each["name"], each["cheat"]["state"]) for each in said["exploits"]] == [("beyond", state)]


def test_the_table_names_the_cheat_and_what_caught_it(
    number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (number_task / "exploits").mkdir()
    (number_task / "exploits" / "beyond.toml").write_text(EXPLOIT.format(cheat="101"))
    assert main(["check", "toy/number", "--exploits", "beyond", "--quiet"]) == 0
    said = capsys.readouterr().out
    for words in ("beyond", "caught", "the limit", "1 cheats: 1 caught, 0 through", "0 honest twins wronged"):
        assert words in said


def test_a_task_that_is_not_sound_fails(number_task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (number_task / "solution.txt").write_text("1\n")
    assert main(["check", "toy/number", "--quiet", "--repeats", "2"]) == 1
    assert "Failed: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("toy/nubmer",), 2, "Did you mean: toy/number?"),
        (("toy/number", "--exploits", "forged_resul"), 2, "Did you mean: forged_result?"),
        (("toy/number", "--repeats", "many"), 2, "--repeats"),
    ],
)
def test_what_is_wrong_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert main(["check", *words]) == code
    assert said in capsys.readouterr().err
