"""Hints from a checkout of llm-speedrunner: a small made-up one stands in for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main
from agentkit.contracts.task import HINT_LEVELS
from agentkit.errors import MissingRequirement
from agentkit.runs.hints import read_hints
from agentkit.settings import Settings

TEXTS = "data/nanogpt_speedrun_knowledge_in_levels/record_12"
CLONE = "Next: git clone https://github.com/facebookresearch/llm-speedrunner"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs" / TEXTS
    folder.mkdir(parents=True)
    for name, text in {
        "level_0_diff.txt": "the answer itself",
        "level_1_pseudo.txt": "made-up pseudocode",
        "level_2_description.txt": "a made-up description",
        "level_3_paper.txt": "a made-up paper",
        "level_9_blog.txt": "a made-up article",
    }.items():
        (folder / name).write_text(text)
    return tmp_path / "theirs"


@pytest.fixture
def source(module: Callable[[str], Any]) -> Any:
    return module("upstream_hints").UpstreamHints(12)


def test_all_levels_are_read_but_the_answer(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_HINT_FOLDER", str(checkout))
    words = ["show", "speedrun/record12", "--hint-source", "upstream", "--hints"]
    assert main([*words, "external+paper+text+pseudocode"]) == 0
    assert capsys.readouterr().out == (
        "## Hint: pseudocode\n\nmade-up pseudocode\n\n## Hint: text\n\na made-up description\n\n"
        "## Hint: paper\n\na made-up paper\n\n## Hint: external\n\na made-up article\n"
    )
    for level in ("0", "diff", "level_0", "../record_12/level_0_diff.txt"):
        assert main([*words, level]) == 2
    assert "the answer itself" not in capsys.readouterr().out


def test_its_levels_are_ours_and_one_more(source: Any) -> None:
    assert tuple(source.levels) == (*HINT_LEVELS, "external")


def test_without_a_checkout_the_way_to_one_is_said(source: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingRequirement) as caught:
        source.file("text", None)
    assert caught.value.lines[0].startswith(f"Wanted: {TEXTS}/level_2_description.txt")
    assert "no hint_folder is set" in caught.value.lines[1]
    assert CLONE in caught.value.lines
    with pytest.raises(MissingRequirement) as caught:
        source.file("text", tmp_path / "gone")
    assert caught.value.lines[1] == f"Looked in: {tmp_path}/gone, where there is no folder {tmp_path}/gone"
    assert CLONE in caught.value.lines


@pytest.mark.parametrize("level", ["pseudocode", "text", "paper"])
def test_a_missing_file_is_an_error_with_its_name(source: Any, checkout: Path, level: str) -> None:
    path = source.file(level, checkout)
    path.unlink()
    with pytest.raises(MissingRequirement) as caught:
        source.file(level, checkout)
    assert path.name in caught.value.lines[0]
    assert caught.value.lines[1] == f"Looked in: {checkout / TEXTS}"
    assert CLONE in caught.value.lines


def test_most_records_have_no_external_text_and_none_has_two(source: Any, checkout: Path) -> None:
    (checkout / TEXTS / "level_9_more.txt").write_text("another")
    with pytest.raises(MissingRequirement, match="no such text") as caught:
        source.file("external", checkout)
    assert "level_9_blog.txt, level_9_more.txt" in caught.value.lines[1]
    for name in ("level_9_blog.txt", "level_9_more.txt"):
        (checkout / TEXTS / name).unlink()
    with pytest.raises(MissingRequirement) as caught:
        source.file("external", checkout)
    assert "Only a few records" in caught.value.lines[2]


def test_the_manifest_says_where_a_text_is_from(
    checkout: Path, source: Any, module: Callable[[str], Any]
) -> None:
    task = module("adapter").benchmark.load("record12", "pocket")
    told = read_hints(
        task, Settings(hints=("text",), hint_source="upstream", hint_folder=checkout), ()
    ).told()
    assert told["source"] == "upstream"
    assert told["parts"][0]["file"] == str(checkout / TEXTS / "level_2_description.txt")
