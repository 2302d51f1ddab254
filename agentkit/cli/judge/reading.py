"""Finding the report that a word means: a judging's folder, a file, or a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.runs import find_runs_folder
from agentkit.errors import RunProblem, UnknownName
from agentkit.runs.folder import open_run

if TYPE_CHECKING:
    from agentkit.contracts.rubric import JudgeReport


def find_report(name: str, runs_folder: str | None = None) -> tuple[JudgeReport, Path | None]:
    """The report, and its rubric's file where that is known.

    Raises BadFile for a file that is no report, RunProblem where nothing was judged, UnknownName for no run.
    """
    from agentkit.runs.judging.place import JUDGING, REPORT, JudgingPlace, read_report, unfinished

    path = Path(name).expanduser()
    if path.is_file():
        place = JudgingPlace(path.parent)
        return read_report(path), place.rubric if path.name == REPORT else None
    if (path / REPORT).is_file():
        return read_report(path / REPORT), JudgingPlace(path).rubric
    if (path / JUDGING).is_file():
        raise unfinished(path)
    if path.is_dir() and not (path / "run.json").is_file():
        raise RunProblem(
            f"{path} holds no report.",
            f"Expected: {REPORT} of `agentkit judge run`, or run.json of `agentkit solve`",
            f"Next: agentkit judge run {path} --rubric FILE",
        )
    try:
        run = open_run(name, find_runs_folder(runs_folder, os.environ, Path.cwd()))
    except UnknownName as error:
        raise UnknownName(
            "report or run",
            name,
            (),
            [str(path), *(each.removeprefix("Looked in: ") for each in error.lines[-2:-1])],
            "agentkit judge run FOLDER --rubric FILE",
        ) from error
    report = run.summary().judge
    if report is None:
        raise RunProblem(
            f"Run {run.name} was not judged: its task has no rubric, or it has no answer.",
            f"Next: agentkit judge run {run.path} --rubric FILE",
        )
    return report, JudgingPlace(run.path / "judging").rubric
