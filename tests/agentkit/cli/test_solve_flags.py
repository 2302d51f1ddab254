"""Every setting is a flag, with the setting's own help, and a wrong value names its flag."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.errors import UsageError
from agentkit.settings import Settings
from agentkit.settings_sources import flag_name, resolve


def parser(*names: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    add_setting_flags(made, names or None)
    return made


def read(*words: str) -> dict[str, Any]:
    return read_setting_flags(parser().parse_args(words))


def test_every_setting_has_a_flag_with_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        assert f" {flag_name(name)} " in text
        assert field.description
        assert " ".join(field.description.split()) in text
    assert "Default: aide." in text
    assert "Default: 20." in text


def test_only_the_named_settings_where_a_command_takes_few() -> None:
    some = parser("seed", "runs_folder").parse_args(["--seed", "1"])
    assert vars(some) == {"seed": "1", "runs_folder": None}


def test_a_flag_that_is_not_given_says_nothing() -> None:
    assert read() == {}
    assert read("--seed", "0") == {"seed": "0"}


def test_short_forms() -> None:
    assert read("-m", "scripted/demo", "-s", "flat") == {"model": "scripted/demo", "scaffold": "flat"}


def test_lists_and_pairs() -> None:
    found = read(
        "--hints",
        "text,paper",
        "--tools",
        "shell, submit",
        "--set",
        "drafts=2",
        "--set",
        "debug_probability=0.5",
    )
    assert found["hints"] == ("text", "paper")
    assert found["tools"] == ("shell", "submit")
    assert found["scaffold_settings"] == {"drafts": 2, "debug_probability": 0.5}


def test_several_files_of_notes_and_none(tmp_path: Path) -> None:
    assert read("--notes", "a.md", "--notes", "b, c.md")["notes"] == ("a.md", "b, c.md")
    (tmp_path / "agentkit.toml").write_text("[solve]\nnotes = 'ideas.md'\n")
    assert resolve({}, {}, tmp_path).settings.notes == (tmp_path / "ideas.md",)
    assert resolve(read("--notes", "none"), {}, tmp_path).settings.notes == ()


def test_values_reach_the_settings_as_their_types() -> None:
    settings = resolve(read("--seed", "3", "--minutes", "1.5", "--runs-folder", "elsewhere")).settings
    assert (settings.seed, settings.minutes, settings.runs_folder) == (3, 1.5, Path("elsewhere"))


@pytest.mark.parametrize("name", ["attempts", "dollars"])
def test_a_cap_can_be_taken_back(tmp_path: Path, name: str) -> None:
    (tmp_path / "agentkit.toml").write_text("[solve]\nattempts = 5\ndollars = 2\n")
    resolved = resolve(read(flag_name(name), "none"), {}, tmp_path)
    assert getattr(resolved.settings, name) is None
    assert resolved.origins[name] == flag_name(name)


@pytest.mark.parametrize("text", ["drafts", "=3", "1x=3"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected NAME=VALUE"):
        read("--set", text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seed", "-1"), "--seed: expected greater than or equal to 0; found '-1'"),
        (("--seed", "x"), "--seed: expected a valid integer"),
        (("--attempt-minutes", "0"), "--attempt-minutes: expected greater than 0"),
        (("--coder", "tols"), "--coder: expected 'auto', 'tools' or 'edit'; found 'tols'"),
        (("--temperature", "3"), "--temperature: expected less than or equal to 2"),
        (("--set", "drats=3"), "Scaffold 'aide' cannot take drats = 3"),
        (("--set", "drafts=many"), "Scaffold 'aide' cannot take drafts = 'many'"),
        (("--sede", "3"), "--sede"),
        (("--seed",), "--seed: expected one argument"),
    ],
)
def test_a_wrong_value_names_its_flag_and_what_is_right(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["solve", "toy/number", *words]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert not (project / "runs").exists()


def test_barrier_stands_alone_or_with_a_word() -> None:
    assert read("--barrier") == {"barrier": "on"}
    assert read("--barrier", "off") == {"barrier": "off"}
    assert read("--barrier", "--seed", "1") == {"barrier": "on", "seed": "1"}
