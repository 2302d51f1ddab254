from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.errors import BadFile
from agentkit.judge.rubrics.files import (
    LARGEST,
    NoRubric,
    load_graded,
    load_json,
    quoted,
    read_text,
    rubric_file,
)


def test_a_folder_stands_for_the_rubric_in_it(tmp_path: Path) -> None:
    with pytest.raises(NoRubric):
        rubric_file(tmp_path)
    for name in ("rubric.json", "rubric.md", "rubric.toml"):
        (tmp_path / name).write_text("x")
        assert rubric_file(tmp_path) == tmp_path / name
    assert rubric_file(tmp_path / "other.toml") == tmp_path / "other.toml"


def test_a_folder_without_one_says_so(tmp_path: Path) -> None:
    (tmp_path / "instructions.md").write_text("do it")
    with pytest.raises(BadFile) as caught:
        rubric_file(tmp_path)
    assert isinstance(caught.value, NoRubric) and caught.value.code == "no-rubric"
    assert str(caught.value).splitlines() == [
        f"{tmp_path} has no rubric.",
        "  Expected: a rubric: rubric.toml or rubric.md or rubric.json",
        "  Found: no-rubric: instructions.md",
        "  Next: name a rubric's file instead of the folder",
    ]


def test_the_published_task_without_a_rubric() -> None:
    from tests.agentkit.judge.rubrics.forms import folder_of

    with pytest.raises(NoRubric):
        rubric_file(folder_of("AGENTKIT_JUDGE_DATA") / "end2end" / "souffle-optimize-inference-speed")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\xef\xbb\xbf \r\n", "an empty file"),
        (b"title = \xff", "can't decode byte 0xff"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "a Git LFS pointer"),
    ],
)
def test_what_cannot_be_a_rubric_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "rubric").write_bytes(content)
    with pytest.raises(BadFile) as caught:
        read_text(tmp_path / "rubric")
    assert found in caught.value.lines[1]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "rubric.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(BadFile, match=f"at most {LARGEST} bytes"):
        read_text(tmp_path / "rubric.json")


def test_no_file_and_no_right_to_one(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_text(tmp_path / "none")
    with pytest.raises(BadFile, match="Is a directory"):
        read_text(tmp_path)


def test_a_tree_is_taken_out_of_what_is_around_it() -> None:
    text = json.dumps({"judge_type": "simple", "graded_task_tree": {"id": "a"}})
    assert load_graded(text, "x") == ({"judge_type": "simple"}, {"id": "a"})
    assert load_json(text, "x") == {"id": "a"}
    assert load_graded('\ufeff{"id": "a"}', "x") == ({}, {"id": "a"})


@pytest.mark.parametrize("text", ["{", '{"a":' * 100_000, "[1" + "0" * 5000 + "]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BadFile, match="JSON"):
        load_json(text, "rubric.json")


def test_what_was_found_is_told_in_a_line() -> None:
    assert quoted(None) == "nothing"
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted(["x"] * 1000)) == 100
