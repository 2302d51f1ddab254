"""Run folders: made, found by what a user types, read while they are written or damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.errors import RunProblem, UnknownName, UsageError
from agentkit.runs.folder import RunFolder, create_run, list_runs, open_run, write_whole

NAMES = ("20260101-120000-toy-number", "20260101-120000-toy-number-2", "20260102-090000-toy-word")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in reversed(NAMES):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps({"task": name}))
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_a_run_made_in_the_same_second_gets_a_name_of_its_own(tmp_path: Path) -> None:
    made = [create_run(tmp_path / "deep" / "runs", "toy/Number", {"seed": seed}) for seed in range(3)]
    assert len({each.path for each in made}) == 3
    assert [json.loads((each.path / "run.json").read_text())["seed"] for each in made] == [0, 1, 2]
    assert all("-toy-number" in each.name and each.path.is_absolute() for each in made)


def test_runs_are_listed_oldest_first_and_other_folders_are_not_runs(runs: Path) -> None:
    assert [each.name for each in list_runs(runs)] == list(NAMES)
    assert list_runs(runs / "nowhere") == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("20260102-090000-toy-word", 2),
        ("20260102", 2),
        ("latest", 2),
        ("20260101-120000-toy-number", 0),
        ("20260101-120000-toy-number-", 1),
    ],
)
def test_a_run_is_found_by_its_name_or_the_start_of_it(runs: Path, typed: str, found: int) -> None:
    assert open_run(typed, runs).path == (runs / NAMES[found]).resolve()


def test_a_run_is_found_by_its_path(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_run(runs / NAMES[1], Path("elsewhere")).name == NAMES[1]
    monkeypatch.chdir(runs)
    assert open_run(f"./{NAMES[1]}/").path == (runs / NAMES[1]).resolve()


def test_a_start_of_several_names_lists_just_those(runs: Path) -> None:
    with pytest.raises(UsageError, match="more than one run begins with '20260101'") as caught:
        open_run("20260101", runs)
    said = str(caught.value)
    assert "There is no run" not in said
    assert f"{NAMES[0]}, {NAMES[1]}" in said
    assert NAMES[2] not in said


@pytest.mark.parametrize("typed", ["20250101", "latest-one"])
def test_a_name_of_no_run_lists_all_and_where_they_were_looked_for(runs: Path, typed: str) -> None:
    with pytest.raises(UnknownName) as caught:
        open_run(typed, runs)
    assert all(name in str(caught.value) for name in (*NAMES, str(runs), "agentkit runs"))


def test_latest_of_no_runs(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="None is known") as caught:
        open_run("latest", tmp_path)
    assert "Next: agentkit solve TASK makes one; agentkit list tasks" in caught.value.lines


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"task": ',
        b"\xff",
        b"3",
        b"[]",
    ],
)
def test_a_damaged_manifest_is_said_with_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunProblem, match=r"run\.json cannot be read") as caught:
        _ = open_run(tmp_path).manifest
    assert str(tmp_path) in caught.value.message


def test_a_manifest_that_lacks_what_a_run_needs_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"task": "toy/number"}')
    with pytest.raises(RunProblem, match=r"run\.json"):
        open_run(tmp_path).summary()


@pytest.mark.parametrize("inside", ["", "runs"])
def test_a_file_in_the_place_of_the_runs_folder(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem, match="No run folder can be made") as caught:
        create_run(tmp_path / "file" / inside, "toy/number", {})
    assert caught.value.exit_code == 4
    assert "--runs-folder" in str(caught.value)


def test_diffs_are_files_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "attempts" / "a1").mkdir(parents=True)
    (tmp_path / "attempts" / "a1" / "diff.patch").write_text("+1")
    folder = RunFolder(tmp_path)
    assert folder.diff() == "", "no answer, no diff"
    (tmp_path / "answer.patch").write_bytes(b"+2 \xff")
    assert (folder.diff(), folder.diff("a1"), folder.diff("a9")) == ("+2 \ufffd", "+1", "")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text("old")
    reader = path.open()
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert reader.read() == "old", "a reader keeps the file it has opened"
    reader.close()
    assert [each.name for each in tmp_path.iterdir()] == ["summary.json"]
