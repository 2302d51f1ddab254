"""The user's checkout of End2End-Bench's examples. It has no licence, so nothing of it is here but names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import LeafKind
from agentkit.errors import BadFile, MissingRequirement
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.judge.rubrics.files import POINTER

VARIABLE = "AGENTKIT_END2END"
"""Folder of the user's checkout."""
FETCHED = "end2end-bench-task-examples"
"""Where it is looked for below the cache, if the variable is not set."""
INSTRUCTIONS, RUBRIC, REPORT = "instructions.md", "rubric.md", "final_report/final_report.md"
TABLE = Path(__file__).with_name("tasks.toml")


class OriginalTask(Record):
    """One task of `tasks.toml`."""

    folders: tuple[str, ...] = Field(min_length=1)
    """Names that its folder has or is said to have; the first that is there counts."""
    title: str
    purpose: str
    gpu_hours: float
    stated: str
    """What the task's own text says about a budget."""
    gold: str
    """What the reference took and came to."""
    reproduce_seconds: float
    rubric: str = ""
    """Of ours, where the checkout has none."""
    errata: tuple[str, ...] = ()
    kinds: Mapping[str, LeafKind] = Field(default_factory=dict)
    """What the authors' leaves are about, which their rubric does not say: by id, of a leaf or a section."""
    deliverables: Mapping[str, str]
    """Glob to what it is; `out/…` is written by the harness's run."""


class Originals(Record):
    """`tasks.toml`"""

    repository: str
    tasks: Mapping[str, OriginalTask]


@dataclass(frozen=True)
class Checkout:
    """One task's folder in it."""

    root: Path
    folder: Path

    @property
    def rubric(self) -> Path:
        return self.folder / RUBRIC

    @property
    def report(self) -> Path:
        """The reference's report: human grades of it are what a judge can be calibrated on."""
        return self.folder / REPORT

    def instructions(self) -> str:
        return read_page(self.folder / INSTRUCTIONS)


def read_originals() -> Originals:
    return read_toml_record(TABLE, Originals)


def find_root(environment: Mapping[str, str], cache: Path) -> Path:
    """Raises MissingRequirement, with what to type."""
    originals = read_originals()
    folders = [name for task in originals.tasks.values() for name in task.folders]
    root = Path(environment[VARIABLE]) if environment.get(VARIABLE) else cache / FETCHED
    if any((root / name).is_dir() for name in folders):
        return root.resolve()
    raise MissingRequirement(
        "There is no checkout of End2End-Bench's task examples.",
        f"Wanted: a folder with {', '.join(task.folders[0] for task in originals.tasks.values())}",
        f"Looked in: {root}, which {'has none of them' if root.is_dir() else 'is not there'}",
        f"Next: git clone {originals.repository} && export {VARIABLE}=$PWD/{FETCHED}",
    )


def find_task(name: str, environment: Mapping[str, str], cache: Path) -> Checkout:
    """`name`: one of `tasks.toml`. Raises MissingRequirement."""
    root = find_root(environment, cache)
    originals = read_originals()
    names = originals.tasks[name].folders
    for each in names:
        if (root / each).is_dir():
            return Checkout(root, root / each)
    raise MissingRequirement(
        f"The checkout has no task {name}.",
        f"Wanted: a folder {' or '.join(names)}",
        f"Looked in: {root}",
        f"Next: git -C {root} pull",
    )


def read_page(path: Path) -> str:
    """A text of the checkout. Raises BadFile for what is no text, a pointer of Git LFS included."""
    wanted = "a text in Markdown"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(path, "", wanted, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "", wanted, f"byte {error.start} is no UTF-8") from error
    if text.startswith(POINTER):
        found = "a pointer of Git LFS, which stands for a file that was not fetched"
        raise BadFile(path, "", wanted, found, f"Next: git -C {path.parent} lfs pull")
    if not text.strip():
        raise BadFile(path, "", wanted, "an empty file")
    return text
