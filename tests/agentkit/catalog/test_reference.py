"""Task references: names and paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog.reference import Place, is_path, places, split_name

PART = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda part: part != "tasks")


@given(PART, PART, st.booleans(), st.booleans())
def test_names_are_read_with_and_without_the_folder(
    first: str, second: str, folder: bool, slash: bool
) -> None:
    reference = ("tasks/" if folder else "") + f"{first}/{second}" + ("/" if slash else "")
    assert split_name(reference) == (first, second)


@pytest.mark.parametrize(
    ("reference", "parts"),
    [("", ("", "")), ("speedrun", ("speedrun", "")), ("tasks", ("", "")), ("a/b/c", ("a", "b/c")),
     ("tasks/a/b/task.toml", ("a", "b"))],
)  # fmt: skip
def test_short_and_long_names(reference: str, parts: tuple[str, str]) -> None:
    assert split_name(reference) == parts


def test_what_can_only_be_a_path() -> None:
    assert all(is_path(text) for text in ("./a/b", "../a", "/a/b", "~/a/b"))
    assert not any(is_path(text) for text in ("a/b", "tasks/a/b"))


def test_the_innermost_tasks_folder_comes_first(tmp_path: Path) -> None:
    (tmp_path / "tasks/kit/tasks/bench").mkdir(parents=True)
    found = list(places(str(tmp_path / "tasks/kit/tasks/bench/one")))
    inner = Place(tmp_path / "tasks/kit", "bench", "one")
    outer = Place(tmp_path, "kit", "tasks/bench/one")
    assert found == [inner, outer]


def test_relative_paths_start_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tasks/bench/one").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "tasks/bench")
    for reference in ("one", "./one", "one/task.toml", "../bench/one"):
        assert list(places(reference)) == [Place(tmp_path, "bench", "one")]
    assert list(places("/")) == []
