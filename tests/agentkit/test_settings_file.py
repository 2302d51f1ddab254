"""agentkit.toml as it is read; what its values may be is tested with the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import BadFile
from agentkit.settings_file import FILE, read_file


def test_both_tables_and_none(tmp_path: Path) -> None:
    path = tmp_path / FILE
    assert read_file(path) == {}
    path.write_text("[solve]\nseed = 2\nruns_folder = 'out'\n[models.fast]\nmodel = 'openai/x'\n")
    assert read_file(path) == {
        "seed": 2,
        "runs_folder": tmp_path / "out",
        "models": {"fast": {"model": "openai/x"}},
    }


def test_paths_begin_at_the_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("[solve]\nhint_folder = '../theirs'\nnotes = ['a.md', '/b.md']\n")
    assert read_file(path) == {
        "hint_folder": tmp_path / "../theirs",
        "notes": [tmp_path / "a.md", Path("/b.md")],
    }
    path.write_text("[solve]\nnotes = 'a.md'\n")
    assert read_file(path) == {"notes": [tmp_path / "a.md"]}


@pytest.mark.parametrize("text", ["[model.fast]\n", "solve = 3\n", "[solve\n"])
def test_a_mistake_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    with pytest.raises(BadFile, match=FILE):
        read_file(path)
