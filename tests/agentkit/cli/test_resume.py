"""`agentkit resume`: go on, perhaps with larger caps, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.cli.resume import MAY_CHANGE
from agentkit.contracts.budget import Budget
from agentkit.contracts.summary import Summary


def resumed(capsys: pytest.CaptureFixture[str], *words: str) -> Summary:
    assert main(["resume", *words, "--json", "--quiet"]) == 0
    return Summary.model_validate_json(capsys.readouterr().out)


def test_a_capped_run_goes_on_with_a_larger_cap(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = agentkit.solve("toy/number", attempts=1)
    assert first.best is not None
    assert first.best.attempt == "a1"
    found = resumed(capsys, first.folder.name[:13], "--attempts", "3")
    assert (found.run, len(found.attempts)) == (first.folder.name, 3)
    assert found.best is not None
    assert found.best.attempt == "a3"
    assert len(list((project / "runs").iterdir())) == 1


def test_a_finished_run_gives_its_answer_again_and_does_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = agentkit.solve("toy/number", runs_folder="elsewhere")
    before = [each.kind for each in run.folder.events()]
    found = resumed(capsys, "latest", "--runs-folder", "elsewhere")
    assert found.best == run.best
    kinds = [each.kind for each in run.folder.events()][len(before) :]
    assert not {"selected", "reply", "measured", "calibrated"} & set(kinds)


def test_a_run_without_an_answer_has_the_code_of_one(
    project: Path, rehearse: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(rehearse)
    rehearse(("draft", "plan", "1", "oops"))
    agentkit.solve("toy/number")
    assert main(["resume", "latest", "--quiet"]) == 5
    assert "without an answer" in capsys.readouterr().err


def test_a_changed_task_is_noted(
    project: Path, number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agentkit.solve("toy/number", attempts=1)
    (number_task / "solution.txt").write_text("60\n")
    assert main(["resume", "latest", "--attempts", "2"]) == 0
    assert "The task has changed since this run began" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("20250101",), 2, "There is no run '20250101'"),
        (("latest", "--seed", "3"), 2, "--seed"),
        (("latest", "--scaffold", "flat"), 2, "--scaffold"),
        (("latest", "--attempts", "0"), 2, "--attempts: expected greater than or equal to 1"),
        ((), 2, "run"),
    ],
)
def test_what_would_make_it_another_run_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    made = agentkit.solve("toy/number", scaffold="nop")
    before = list(made.folder.events())
    capsys.readouterr()
    assert main(["resume", *words]) == code
    assert said in capsys.readouterr().err
    assert list(made.folder.events()) == before


def test_a_damaged_manifest_is_said_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = agentkit.solve("toy/number", scaffold="nop")
    (run.path / "run.json").write_text('{"task": ')
    assert main(["resume", str(run.path)]) == 4
    assert f"{run.path} is no run folder" in capsys.readouterr().err


def test_every_cap_can_be_raised() -> None:
    assert set(Budget.model_fields) <= set(MAY_CHANGE)


def test_no_runs_folder_is_the_usual_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", "latest", "--runs-folder", "none"]) == 2
