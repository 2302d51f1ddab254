"""`agentkit show TASK`: what a task is, and the hints that an agent would be given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.main import main
from tests.agentkit.conftest import publish_ends

LINES = (
    "toy/number: A number",
    "Write a large number, at most 100.",
    "folder tasks/toy/number",
    "metric score, higher is better",
    "files number.txt, 2 bytes",
    "published none",
    "transcripts scripted/demo",
    "walls needed none",
    "hints text: 5 words, about 6 tokens",
    "facts none",
)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["show", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("reference", ["toy/number", "tasks/toy/number"])
def test_the_page_says_what_there_is(
    project: Path, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    lines = [" ".join(line.split()) for line in printed(capsys, reference).splitlines()]
    assert [line for line in LINES if line not in lines] == []
    assert lines[-2].startswith("agentkit show toy/number --hints text ")
    assert "Write a large number into number.txt." not in lines


def test_what_it_says_to_type_is_about_the_profile_shown(capsys: pytest.CaptureFixture[str]) -> None:
    page = " ".join(printed(capsys, "speedrun/record12").split())
    for command in ("agentkit calibrate", "agentkit solve"):
        assert f"{command} speedrun/record12 --profile pocket" in page


def test_in_full_with_its_instructions(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "toy/number", "--full").endswith("\n\nWrite a large number into number.txt.\n")


def test_the_same_for_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "toy/number", "--json"))
    assert (found["version"], found["task"], found["title"]) == (1, "toy/number", "A number")
    assert found["files"] == [{"name": "number.txt", "bytes": 2, "editable": True}]
    assert list(found["hints"]) == ["text"]
    assert found["metric"]["lower_is_better"] is False
    assert found["published"] is None


def test_walls_locked_files_and_a_broken_hint(number_task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (number_task / "task.toml").read_text()
    text = text.replace("[evaluate]\n", '[evaluate]\nneeds = ["hidden_files"]\n')
    text = text.replace("[files]\n", '[files]\n"fixed.txt" = "start.txt"\n')
    (number_task / "task.toml").write_text(text)
    (number_task / "hint.md").write_text("")
    page = " ".join(printed(capsys, "toy/number").split())
    assert "walls needed hidden_files" in page
    assert "fixed.txt, 2 bytes, not to be changed" in page
    assert "hint.md has a mistake. Found: an empty file" in page


def test_hints_as_text_and_with_their_digests(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "toy/number", "--hints", "text")
    assert text == "## Hint: text\n\nForty is a good number.\n"
    found = json.loads(printed(capsys, "toy/number", "--hints", "text", "--json"))
    assert found["text"] == text.removesuffix("\n")
    assert (found["parts"][0]["name"], len(found["sha256"])) == ("text", 64)


def test_the_profile_and_the_sources_of_a_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    page = " ".join(printed(capsys, "speedrun/record12").split())
    assert "profile pocket" in page
    assert "--hint-source upstream: pseudocode, text, paper, external" in page
    assert "start time: 5.03 min" in page


def test_published_ends_are_shown_with_their_source(
    number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_ends(number_task)
    page = " ".join(printed(capsys, "toy/number").split())
    assert (
        "published start 1, target 61 (a paper, table 3, eight H100); "
        "`agentkit solve toy/number --reference paper` scores against them"
    ) in page
    assert json.loads(printed(capsys, "toy/number", "--json"))["published"] == {
        "start": 1.0, "target": 61.0, "source": "a paper, table 3", "hardware": "eight H100",
    }  # fmt: skip
