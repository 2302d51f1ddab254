"""agentkit.toml as it is read; what its values may be is tested with the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import AgentkitError, BadFile
from agentkit.settings_file import FILE, read_file, read_pairs


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


@given(st.lists(st.text(max_size=20), max_size=4))
def test_pairs_are_read_or_refused(pairs: list[str]) -> None:
    try:
        found = read_pairs(pairs, "--set")
    except AgentkitError:
        assert any("=" not in pair or not pair.partition("=")[0].strip().isidentifier() for pair in pairs)
    else:
        assert set(found) == {pair.partition("=")[0].strip() for pair in pairs}
