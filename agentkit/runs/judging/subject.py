"""What `agentkit judge run` judges: a folder, or once more the answer of a run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.contracts.rubric import JudgeReport, Rubric
from agentkit.contracts.summary import Answer
from agentkit.errors import RunProblem, UnknownName, UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.journal.redaction import Redactor
from agentkit.judge.evidence import Evidence
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.rubrics.files import POINTER
from agentkit.judge.rubrics.read import read_rubric
from agentkit.project import start_folder
from agentkit.runs.boundary import GuardedModel, redactor_for
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.judging.answer import figures, produced, rubric_of
from agentkit.runs.judging.judging import Judging, judge_on_record
from agentkit.runs.judging.place import JudgingPlace
from agentkit.runs.model_choice import open_judges
from agentkit.sandboxes.choose import choose_sandbox
from agentkit.sandboxes.workspace import lay_out
from agentkit.settings import Settings
from agentkit.settings_sources import resolve

WANTED = "Wanted: what was asked, as the judges are to read it"


@dataclass(frozen=True)
class Asked:
    """The words of one `agentkit judge run`. None: not given."""

    subject: str
    out: Path
    rubric: Path | None
    task: Path | None
    harness: Path | None
    panel: PanelSettings
    flags: Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """The work with what is known of it. `candidate`: the model that did it, or empty."""

    evidence: Evidence
    rubric: Rubric | None
    rubric_file: Path
    task: str
    candidate: str


async def judge_subject(asked: Asked) -> JudgeReport:
    """Raises AgentkitError for what is wrong before the first call; what judges do wrong is in the report."""
    settings = resolve(asked.flags, os.environ, start_folder()).settings
    redactor = redactor_for(settings)
    with tempfile.TemporaryDirectory(prefix="agentkit-judging-") as scratch:
        subject = find_subject(asked, settings, Path(scratch))
        if subject.rubric is None:
            raise UsageError(
                f"By which rubric is {asked.subject} to be judged?",
                "Next: agentkit judge run FOLDER --rubric FILE",
            )
        told = asked.panel
        if not told.candidate:
            told = told.model_copy(update={"candidate": subject.candidate})
        judges = judges_of(settings, redactor)
        judging = Judging(subject.rubric, subject.rubric_file.resolve(), judges, told, subject.task)
        place = JudgingPlace(asked.out)
        place.make()
        with says_what_comes_next("choose another place with --out DIR, or wait until that has ended"):
            ledger = Ledger(place.folder, redactor)
        try:
            with says_what_comes_next(
                "make room there, and begin again: what was answered is not paid twice"
            ):
                return await judge_on_record(judging, subject.evidence, place, ledger)
        finally:
            ledger.close()
            if subject.evidence.sandbox is not None:
                await subject.evidence.sandbox.close()


@contextmanager
def says_what_comes_next(step: str) -> Iterator[None]:
    """A judging's calls are kept as a run's are, but what helps a run, `agentkit resume`, is not for it."""
    try:
        yield
    except RunProblem as error:
        if not isinstance(error.__cause__, OSError):
            raise
        known = [line for line in error.lines if not line.startswith(("Next:", "Nothing"))]
        message = error.message.replace("run folder", "folder").replace("The run ", "The folder ")
        raise RunProblem(message, *known, f"Next: {step}") from error


def judges_of(settings: Settings, redactor: Redactor) -> Sequence[Judge]:
    return [Judge(each.name, GuardedModel(each, redactor)) for each in open_judges(settings, {})]


def find_subject(asked: Asked, settings: Settings, scratch: Path) -> Subject:
    """Raises UsageError for neither a folder nor a run, and for files that are not there."""
    task = read_task(asked.task)
    if asked.harness is not None and not asked.harness.is_dir():
        raise UsageError(
            f"There is no folder {asked.harness}.", "Wanted: what a trusted run of the work wrote"
        )
    path = Path(asked.subject).expanduser()
    if path.is_dir() and not (path / "run.json").is_file():
        sandbox = choose_sandbox(settings.sandbox, trusted=False, docker_image=settings.docker_image)
        evidence = Evidence(folder=path.resolve(), harness=asked.harness, sandbox=sandbox)
        rubric = read_rubric(asked.rubric) if asked.rubric else None
        return Subject(evidence, rubric, asked.rubric or Path(), task or "", "")
    try:
        run = open_run(asked.subject, settings.runs_folder)
    except UnknownName as error:
        raise UsageError(
            f"'{asked.subject}' is neither a folder nor a run.",
            *error.lines[:-1],
            "Next: agentkit judge run FOLDER --rubric FILE; or agentkit runs",
        ) from error
    return subject_of_run(run, asked, settings, scratch, task)


def subject_of_run(
    run: RunFolder, asked: Asked, settings: Settings, scratch: Path, task_text: str | None
) -> Subject:
    """The answer, laid out in `scratch`, with the figures that the run measured."""
    state, manifest = run.state(), run.manifest
    if state.answer is None:
        raise RunProblem(f"Run {run.name} has no answer to judge.", f"Next: agentkit show {run.name}")
    found = Answer.model_validate(state.answer)
    task = load_task(open_catalog(Path(manifest["project"])), manifest["task_address"], manifest["profile"])
    chosen = state.tree.attempts[found.attempt]
    folder = scratch / "work"
    lay_out(run.blobs, chosen.snapshot, folder)
    named = asked.flags.get("sandbox") or manifest["sandbox"]
    rubric = asked.rubric or task.rubric
    return Subject(
        Evidence(
            folder=folder,
            harness=asked.harness or produced(run.path / "attempts" / chosen.id),
            figures=figures(found, state.tree.attempts, task.bars),
            trust=found.trust,
            diff=run.diff(),
            sandbox=choose_sandbox(named, trusted=False, docker_image=settings.docker_image),
            environment=task.evaluator.prepare(settings.cache_folder),
        ),
        rubric_of(task, rubric) if rubric else None,
        rubric or Path(),
        task.instructions if task_text is None else task_text,
        "" if manifest["model"] == "none" else str(manifest["model"]),
    )


def read_task(path: Path | None) -> str | None:
    try:
        text = None if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {why}.", WANTED) from error
    if text is not None and text.startswith(POINTER):
        found = "Found: a Git LFS pointer, which stands for a file that was not fetched"
        raise UsageError(f"{path} is not the task's text.", WANTED, found, "Next: git lfs pull")
    return text
