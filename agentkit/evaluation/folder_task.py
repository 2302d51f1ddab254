"""Folder task: a task that is a folder with `task.toml`, for those who need no adapter.

title = "Many words"
purpose = "Print as many different words as you can."   # one line, for lists
instructions = "instructions.md"                         # this is the default
editable = ["words.py"]                                  # globs; default: everything
locked_regions = {"words.py" = ["print_all"]}            # optional; parts of them that may not be changed:
                                                         #   definitions, "timing", "validation"
rubric = "rubric.toml"                                   # optional

[files]                     # workspace path = file here; default: everything below files/
"words.py" = "files/words.py"

[metric]
name = "words"
lower_is_better = false
unit = ""

[evaluate]                  # see agentkit.evaluation.command_evaluator
command = ["python", "evaluate.py"]
seconds = 20
files = ["evaluate.py"]     # default: the words of the command that are files here
needs = ["network"]         # default: []; walls without which it must not run (docs/sandboxes.md)

[solution]                  # optional; the far end of a calibration
"words.py" = "solution.py"

[published]                 # optional; both ends as others measured them, in the metric's unit:
start = 120                 #   `agentkit solve TASK --reference paper` scores against them and measures none
target = 150
source = "arXiv 2506.22419, table 3"
hardware = "eight H100"

[hints]                     # optional; level = file
text = "hints/text.md"

[transcripts]               # optional; name = file
demo = "transcripts/demo.toml"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Wall
from agentkit.contracts.task import Metric, Task, TaskEntry
from agentkit.errors import AgentkitError, BadFile, nearest
from agentkit.evaluation.command_evaluator import CommandEvaluator
from agentkit.evaluation.locked import LockedFiles, digest_all, locked_part
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.source.locked_regions import changed_parts
from agentkit.source.regions import KINDS

FILE = "task.toml"
Name = Annotated[str, Field(min_length=1)]


class MetricTable(Record):
    """[metric]"""

    name: Name
    lower_is_better: bool
    unit: str = ""


class EvaluateTable(Record):
    """[evaluate]"""

    command: tuple[Name, ...] = Field(min_length=1)
    seconds: float = Field(default=600.0, gt=0)
    files: tuple[Name, ...] | None = None
    needs: tuple[Wall, ...] = ()


class TaskFile(Record):
    """task.toml"""

    title: Name
    purpose: Name
    instructions: Name = "instructions.md"
    editable: tuple[Name, ...] = ("**",)
    locked_regions: Mapping[str, tuple[Name, ...]] = Field(default_factory=dict)
    rubric: Name | None = None
    files: Mapping[str, Name] | None = None
    metric: MetricTable
    evaluate: EvaluateTable
    solution: Mapping[str, Name] = Field(default_factory=dict)
    published: PublishedEnds | None = None
    hints: Mapping[str, Name] = Field(default_factory=dict)
    transcripts: Mapping[str, Name] = Field(default_factory=dict)


def folder_entries(benchmark: Path) -> list[TaskEntry]:
    """The tasks of a benchmark folder, by name. One with a mistake is listed with it, as refused."""
    return [folder_entry(path) for path in task_folders(benchmark)]


def task_folders(benchmark: Path) -> list[Path]:
    found = (path.parent for path in benchmark.glob(f"*/{FILE}"))
    return sorted(path for path in found if not path.name.startswith((".", "_")))


def folder_entry(folder: Path) -> TaskEntry:
    try:
        return TaskEntry(name=folder.name, purpose=read_toml_record(folder / FILE, TaskFile).purpose)
    except BadFile as error:
        return TaskEntry(name=folder.name, purpose="", refused=" ".join([error.message, *error.lines]))


def load_folder_task(folder: Path, reference: str) -> Task:
    """Raises BadFile for every mistake in task.toml, a file that it names and that is not there included."""
    folder = folder.resolve()
    table = read_toml_record(folder / FILE, TaskFile)
    reader = FolderReader(folder)
    files = reader.start_files(table.files)
    solution = reader.named("solution", table.solution)
    scripts = reader.scripts(table.evaluate)
    locked = LockedFiles.of({**locked_part(files, table.editable), **scripts})
    regions = reader.locked_regions(table, files)
    metric = Metric(**table.metric.model_dump())
    return Task(
        reference=reference,
        title=table.title,
        purpose=table.purpose,
        instructions=reader.file("instructions", table.instructions).read_text(encoding="utf-8"),
        files=files,
        metric=metric,
        evaluator=CommandEvaluator(
            folder=folder,
            command=table.evaluate.command,
            seconds=table.evaluate.seconds,
            locked=locked,
            metric=metric.name,
            needs=table.evaluate.needs,
            regions=regions,
        ),
        folder=folder,
        editable=table.editable,
        locked_regions=regions,
        hints=reader.named("hints", table.hints),
        transcripts=reader.named("transcripts", table.transcripts),
        solution=solution,
        published=reader.published(table.published, metric),
        rubric=reader.file("rubric", table.rubric) if table.rubric else None,
        needs=frozenset(table.evaluate.needs),
        # Not of the published ends: a run keeps its own in its journal, and no measurement depends on them.
        digest=digest_all(
            {
                "metric": metric.model_dump_json(),
                "evaluate": table.evaluate.model_dump_json(exclude={"needs"}),
                **{f"start/{name}": path for name, path in files.items()},
                **{f"solution/{name}": path for name, path in solution.items()},
                **{f"locked/{name}": path for name, path in locked.sources.items()},
            }
        ),
    )


class FolderReader:
    """Paths that task.toml names, checked against what is in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, key: str, name: str) -> Path:
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder):
            raise self.mistake(key, "a path inside the task's folder", f"'{name}'")
        if not path.is_file():
            near = nearest(name, self.names(), 1)
            hint = f"Did you mean: {near[0]}?" if near else ""
            raise self.mistake(key, "a file in the task's folder", f"'{name}', which is not there", hint)
        return path

    def named(self, key: str, table: Mapping[str, str]) -> dict[str, Path]:
        return {name: self.file(f"{key}.{name}", path) for name, path in table.items()}

    def start_files(self, table: Mapping[str, str] | None) -> dict[str, Path]:
        """Of [files], or all below files/; names are workspace paths."""
        if table is not None:
            for name in table:
                self.check_place("files", name)
            return self.named("files", table)
        root = self.folder / "files"
        found = {path.relative_to(root).as_posix(): path for path in plain_files(root)}
        if not found:
            raise self.mistake("files", "a table [files], or files in a folder files/", "neither")
        return found

    def locked_regions(self, table: TaskFile, files: Mapping[str, Path]) -> dict[str, LockedRegions]:
        found = {}
        for name, parts in table.locked_regions.items():
            if name not in files:
                raise self.mistake(f"locked_regions.{name}", "a start file", f"'{name}'")
            text = files[name].read_text(encoding="utf-8", errors="replace")
            missing = [each for each in parts if not changed_parts("", text, (each,), name)]
            if missing:
                raise self.mistake(
                    f"locked_regions.{name}", f"definitions in it, {' or '.join(KINDS)}", f"'{missing[0]}'"
                )
            found[name] = LockedRegions(parts, (files[name],))
        return found

    def scripts(self, table: EvaluateTable) -> dict[str, Path]:
        """What the evaluator lays over the candidate; names are the paths they have here."""
        if table.files is not None:
            for name in table.files:
                self.check_place("evaluate.files", name)
            return {name: self.file("evaluate.files", name) for name in table.files}
        found = {word: self.folder / word for word in table.command if (self.folder / word).is_file()}
        if not found:
            command = " ".join(table.command)
            raise self.mistake(
                "evaluate.command", "a command that names its script in this folder", f"'{command}'"
            )
        return found

    def published(self, ends: PublishedEnds | None, metric: Metric) -> PublishedEnds | None:
        """Refused where there is no way to go from the start to the target."""
        if ends is None:
            return None
        direction = "lower" if metric.lower_is_better else "higher"
        if ends.target == ends.start or (ends.target < ends.start) is not metric.lower_is_better:
            raise self.mistake(
                "published.target",
                f"a figure better than the start's {ends.start:g}, as {direction} {metric.name} is better",
                f"{ends.target:g}",
            )
        return ends

    def check_place(self, key: str, name: str) -> None:
        parts = Path(name).parts
        if Path(name).is_absolute() or ".." in parts or not parts:
            raise self.mistake(key, "paths relative to the workspace", f"'{name}'")

    def names(self) -> Sequence[str]:
        return [path.relative_to(self.folder).as_posix() for path in plain_files(self.folder)]

    def mistake(self, key: str, expected: str, found: str, *lines: str) -> AgentkitError:
        return BadFile(self.folder / FILE, key, expected, found, *lines)


def plain_files(folder: Path) -> Iterator[Path]:
    paths = sorted(folder.rglob("*")) if folder.is_dir() else []
    return (path for path in paths if path.is_file() and "__pycache__" not in path.parts)
