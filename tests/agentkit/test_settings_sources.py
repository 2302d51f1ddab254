"""Settings: which source wins, where each value came from, and what a mistake is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import BadFile, UsageError
from agentkit.settings import Settings
from agentkit.settings_sources import flag_name, read_environment, resolve


def project(folder: Path, text: str) -> Path:
    (folder / "agentkit.toml").write_text(text, encoding="utf-8")
    return folder


def test_later_sources_win_and_are_named(tmp_path: Path) -> None:
    folder = project(tmp_path, "[solve]\nseed = 2\nturns = 2\nwidth = 2\n")
    resolved = resolve(
        flags={"seed": 4, "model": None},
        environ={"AGENTKIT_SEED": "3", "AGENTKIT_TURNS": "3", "PATH": "x"},
        project=folder,
        suggested={"seed": 1, "turns": 1, "width": 1, "attempts": 1},
    )
    settings = resolved.settings
    assert (settings.seed, settings.turns, settings.width, settings.attempts) == (4, 3, 2, 1)
    assert settings.measurements == Settings().measurements
    assert {name: resolved.origins[name] for name in ("seed", "turns", "width", "attempts", "model")} == {
        "seed": "--seed",
        "turns": "AGENTKIT_TURNS",
        "width": "agentkit.toml",
        "attempts": "transcript",
        "model": "default",
    }


ORIGINS = ("transcript", "agentkit.toml", "AGENTKIT_SEED", "--seed")


@given(st.tuples(*[st.none() | st.integers(0, 9) for _ in ORIGINS]))
def test_the_last_source_that_says_something_wins(
    tmp_path_factory: Any, values: tuple[int | None, ...]
) -> None:
    suggested, in_file, in_environment, flag = values
    folder = tmp_path_factory.mktemp("project", numbered=True)
    project(folder, "" if in_file is None else f"[solve]\nseed = {in_file}\n")
    resolved = resolve(
        flags={"seed": flag},
        environ={} if in_environment is None else {"AGENTKIT_SEED": str(in_environment)},
        project=folder,
        suggested={} if suggested is None else {"seed": suggested},
    )
    said = [(origin, value) for origin, value in zip(ORIGINS, values, strict=True) if value is not None]
    origin, value = said[-1] if said else ("default", 0)
    assert (resolved.origins["seed"], resolved.settings.seed) == (origin, value)


def test_every_field_has_an_origin() -> None:
    assert set(resolve().origins) == set(Settings.model_fields)


def test_text_becomes_values() -> None:
    settings = resolve(
        flags={"scaffold_settings": ["drafts=2"], "temperature": "0.5"},
        environ={
            "AGENTKIT_HINTS": "brief, code",
            "AGENTKIT_SCAFFOLD_SETTINGS": "drafts=3,mode=wide",
            "AGENTKIT_ATTEMPTS": "none",
        },
    ).settings
    assert settings.hints == ("brief", "code")
    assert settings.scaffold_settings == {"drafts": 2, "mode": "wide"}
    assert settings.attempts is None
    assert settings.temperature == 0.5


def test_hints_can_be_taken_back(tmp_path: Path) -> None:
    folder = project(tmp_path, "[solve]\nhints = ['brief']\n")
    assert resolve(project=folder).settings.hints == ("brief",)
    assert resolve({"hints": "none"}, project=folder).settings.hints == ()


def test_paths_in_the_file_start_at_the_file(tmp_path: Path) -> None:
    folder = project(tmp_path, "[solve]\nruns_folder = 'out'\ncache_folder = '~/c'\n")
    settings = resolve(project=folder).settings
    assert settings.runs_folder == tmp_path / "out"
    assert settings.cache_folder == Path.home() / "c"
    assert resolve({"runs_folder": "~/r"}).settings.runs_folder == Path.home() / "r"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[solve]\nmodle = 'x'\n", ("agentkit.toml", "solve.modle", "Did you mean: model", "Known: model,")),
        ("[solve]\nseed = 'x'\n", ("solve.seed", "Expected: a valid integer", "Found: 'x'")),
        ("[solve]\nseed = true\n", ("solve.seed", "no setting is true or false")),
        ("[solve]\nreference = 'papers'\n", ("solve.reference", "'machine' or 'paper'", "Found: 'papers'")),
        ("[solve]\ncoder = 'pen'\n", ("solve.coder", "'auto', 'tools' or 'edit'", "Found: 'pen'")),
        ("[slove]\n", ("slove", "the table [solve]")),
        ("solve = 3\n", ("'solve'", "a table", "Found: 3")),
        ("[solve\n", ("Expected: TOML", "line 1")),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(BadFile) as caught:
        resolve(project=project(tmp_path, text))
    assert [part for part in (str(tmp_path), *parts) if part not in str(caught.value)] == []


def test_mistakes_elsewhere_name_their_source() -> None:
    with pytest.raises(UsageError, match=r"AGENTKIT_WIDTH: expected .*greater than or equal to 1; found '0'"):
        resolve(environ={"AGENTKIT_WIDTH": "0"})
    with pytest.raises(UsageError, match="--attempt-minutes: expected"):
        resolve({"attempt_minutes": -1})
    with pytest.raises(UsageError, match="NAME=VALUE, found 'drafts'"):
        resolve({"scaffold_settings": ["drafts"]})
    with pytest.raises(BadFile, match=r"transcript[\s\S]*settings.sed[\s\S]*Did you mean: seed"):
        resolve(suggested={"sed": 1})


def test_a_mistake_that_is_overruled_is_still_only_the_last_ones() -> None:
    assert resolve({"seed": 1}, {"AGENTKIT_SEED": "x"}).settings.seed == 1


def test_nearly_a_variable_of_ours() -> None:
    with pytest.raises(UsageError, match=r"AGENTKIT_MODLE[\s\S]*AGENTKIT_MODEL"):
        read_environment({"AGENTKIT_MODLE": "x"})
    assert read_environment({"AGENTKIT_PROJECT": ".", "AGENTKIT_ACME_TOKEN": "x", "MODEL": "y"}) == {}


def test_flag_names() -> None:
    assert flag_name("attempt_minutes") == "--attempt-minutes"


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "agentkit.toml").mkdir()
    with pytest.raises(BadFile, match="a file that can be read"):
        resolve(project=tmp_path, environ=os.environ)
