"""Watching a run to its end: what goes where, and where to go on when it breaks off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.cli.follow import follow
from agentkit.contracts.events import Event, Observer
from agentkit.contracts.summary import Summary
from agentkit.errors import AgentkitError, ModelProblem
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.run import Run

FINISHED = "20260101-120000-speedrun-record12"
CUT_OFF = "20260102-120000-speedrun-record12"


@pytest.fixture
def folder(runs: Path) -> RunFolder:
    return open_run(FINISHED, runs)


def done(folder: RunFolder) -> Callable[[Observer], Run]:
    return lambda observer: Run(folder, folder.summary())


def test_as_json_stdout_has_the_summary_and_nothing_else(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(done(folder), folder, json=True, quiet=False)
    captured = capsys.readouterr()
    assert captured.out.endswith("}\n")
    assert captured.out.count("\n") == 1
    assert Summary.model_validate_json(captured.out) == folder.summary()


@pytest.mark.parametrize("quiet", [False, True])
def test_the_report_is_for_people_and_leaves_stdout_alone(
    folder: RunFolder, capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    run = follow(done(folder), folder, json=False, quiet=quiet)
    captured = capsys.readouterr()
    assert run.folder is folder
    assert captured.out == ""
    assert "window = 4" in captured.err, "the answer's diff"


def test_the_view_sees_what_was_before_and_what_happens(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = open_run(CUT_OFF, runs)

    def work(observer: Observer) -> Run:
        observer(Event(number=99, time=2e9, kind="note", attempt="", data={"text": "The sun rises."}))
        return Run(folder, folder.summary())

    follow(work, folder, json=False, quiet=False)
    live = capsys.readouterr().err
    assert "The sun rises." in live
    assert "2 finished attempts are kept" in live
    follow(work, folder, json=False, quiet=True)
    assert "The sun rises." not in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ModelProblem("no reply"), AgentkitError("a fault")])
def test_whatever_ends_it_the_way_to_go_on_is_said(
    folder: RunFolder, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    def work(observer: Observer) -> Run:
        raise error

    with pytest.raises(type(error)):
        follow(work, folder, json=True, quiet=True)
    captured = capsys.readouterr()
    assert captured.out == "", "a program that reads along gets no half answer"
    assert f"agentkit resume {folder.path}" in captured.err
