import json

import pytest

from agentkit.cli.main import main


def test_the_ladder_is_shown_as_a_command_of_a_kit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speedrun", "records"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (twelve,) = [line for line in lines if line.split()[:1] == ["12"]]
    assert "2024-11-19" in twelve
    assert "5.03" in twelve
    assert "pocket" in twelve


def test_as_json_every_record_has_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speedrun", "records", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert list(records) == [str(number) for number in range(1, 22)]
    assert "excluded" in records["6"]
    assert records["13"]["measured_ms"] == 289_805


def test_the_help_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "speedrun" in capsys.readouterr().out
