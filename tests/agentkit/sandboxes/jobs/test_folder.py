"""What supervisor and client know of each other, through files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import AgentkitError, MissingRequirement, RunProblem, UnknownName
from agentkit.sandboxes.jobs.folder import JobFolder, JobSpec, Lost, Problem, Report, tries, write_durably

RESULT = CommandResult(status="ok", exit_code=0, output="ü\n", seconds=1.5, cpu_seconds=0.5)


def spec(folder: Path) -> JobSpec:
    command = Command(argv=("true",), folder=folder)
    return JobSpec(name="a", digest="d", run="r", command=command, sandbox="local", marker="X=1")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    place = JobFolder(tmp_path / "1")
    assert (place.spec, place.supervisor, place.began, place.report, place.lost) == (None,) * 5
    place.clear()
    place.write(spec(place.files))
    place.write(Report(result=RESULT, gpu_seconds=2.0))
    assert place.spec == spec(place.files)
    assert place.report == Report(result=RESULT, gpu_seconds=2.0)
    assert sorted(path.name for path in place.path.iterdir()) == ["files", "result.json", "spec.json"]


def test_what_cannot_be_read_is_said_with_what_to_do(tmp_path: Path) -> None:
    place = JobFolder(tmp_path / "1")
    place.clear()
    (place.path / "spec.json").write_text('{"name": 1}')
    with pytest.raises(RunProblem, match=r"spec\.json cannot be read") as caught:
        _ = place.spec
    assert "rm -r" in caught.value.lines[-1]


def test_a_lost_try_keeps_what_it_said_and_the_next_has_the_next_number(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        JobFolder(tmp_path / str(number)).clear()
    (tmp_path / "other").mkdir()
    found = tries(tmp_path)
    assert [each.number for each in found] == [1, 2, 10]
    assert found[-1].next == JobFolder(tmp_path / "11")
    (found[-1].path / "output.log").write_text("half")
    found[-1].lose(Lost(reason="gone"))
    assert sorted(path.name for path in found[-1].path.iterdir()) == ["lost.json", "output.log"]
    assert tries(tmp_path / "nowhere") == []


def test_only_one_has_the_lock(tmp_path: Path) -> None:
    place = JobFolder(tmp_path / "1")
    assert place.lock() is None, "there is no folder"
    place.clear()
    first = place.lock()
    assert first is not None
    assert place.lock() is None
    assert not os.get_inheritable(first), "a command must not keep it"
    os.close(first)
    second = place.lock()
    assert second is not None
    os.close(second)


def test_a_cleared_folder_has_nothing_of_before(tmp_path: Path) -> None:
    place = JobFolder(tmp_path / "1")
    place.clear()
    place.write(spec(place.files))
    (place.files / "trash").write_text("")
    place.clear()
    assert place.spec is None
    assert list(place.files.iterdir()) == []
    place.remove()
    assert not place.path.exists()
    place.remove()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MissingRequirement("No GPU.", "Next: buy one"), MissingRequirement),
        (UnknownName("sandbox", "x", ["local"]), AgentkitError),
    ],
)
def test_an_error_travels(error: AgentkitError, kind: type[AgentkitError]) -> None:
    sent = Problem.model_validate_json(Problem.of(error).model_dump_json())
    assert type(sent.error()) is kind
    assert str(sent.error()) == str(error)


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    write_durably(tmp_path / "a", "long before")
    write_durably(tmp_path / "a", "now")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "now")]
