"""The folder of a judging: complete by itself, readable with `less` and `jq`.

judging.json    what it was told: the rubric, the task's text, the panel and its settings
snapshot.json   the texts of what was judged, and what programs found
calls.jsonl     every call of a judge, append-only; what is there is never asked again
report.json     what came of it; report.html and report.md are the same for people
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.model import ModelCard
from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeReport, Rubric
from agentkit.errors import BadFile, RunProblem
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.settings import PanelSettings
from agentkit.runs.folder import write_whole

JUDGING, REPORT, SNAPSHOT = "judging.json", "report.json", "snapshot.json"
PAGE, MARKDOWN = "report.html", "report.md"


class Seat(Record):
    """A judge of the panel, as far as its answers and their price depend on it."""

    name: str
    model: str
    family: str
    parameters: str
    card: ModelCard


class Told(Record):
    """judging.json"""

    version: int = 1
    rubric_file: str
    rubric: Rubric
    task: str
    """What was asked of the candidate, as the judges were shown it."""
    panel: tuple[Seat, ...]
    settings: PanelSettings


def seat_of(judge: Judge) -> Seat:
    return Seat(
        name=judge.name,
        model=judge.called,
        family=judge.family,
        parameters=judge.parameters,
        card=judge.card,
    )


@dataclass(frozen=True)
class JudgingPlace:
    """One judging's folder, which may not be there yet."""

    folder: Path

    @property
    def told(self) -> Told | None:
        """None where nothing was judged. Raises BadFile for one that cannot be read."""
        path = self.folder / JUDGING
        try:
            return Told.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadFile(path, "", "what a judging was told", error.strerror or str(error)) from error
        except ValidationError as error:
            raise _bad(path, "what a judging was told", error) from error

    @property
    def rubric(self) -> Path | None:
        """Its file, which may have changed since."""
        told = self.told
        return Path(told.rubric_file) if told is not None and told.rubric_file else None

    def make(self) -> None:
        """Raises RunProblem for what cannot be a folder."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunProblem(
                f"There can be no folder {self.folder}: {error.strerror}.",
                "Next: choose another place with --out DIR.",
            ) from error

    def write(self, name: str, text: str) -> None:
        """Raises RunProblem where it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, text)
        except OSError as error:
            raise RunProblem(
                f"{self.folder / name} cannot be written: {error.strerror}.",
                "Next: choose another place with --out DIR, or make room there.",
            ) from error


def unfinished(folder: Path) -> RunProblem:
    """The error for a judging that was stopped before its report."""
    return RunProblem(
        f"The judging in {folder} was not finished, so there is no report yet.",
        "What was answered until then is kept, and is not paid again.",
        f"Next: the same `agentkit judge run` again, with --out {folder}",
    )


def read_report(path: Path) -> JudgeReport:
    """Raises BadFile."""
    try:
        return JudgeReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadFile(path, "", "a judge's report in JSON", error.strerror or str(error)) from error
    except ValidationError as error:
        raise _bad(path, "a judge's report in JSON", error) from error


def _bad(path: Path, expected: str, error: ValidationError) -> BadFile:
    fault = error.errors()[0]
    return BadFile(path, ".".join(map(str, fault["loc"])), expected, fault["msg"])
