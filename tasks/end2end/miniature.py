"""Miniature: a small version of a paper's research that a CPU does in seconds, read from its folder.

NAME/mini.toml      texts, metric, limits
NAME/instructions.md, NAME/rubric.toml, NAME/hints/*.md, NAME/demo.toml
NAME/examine.py     what is run and measured; it never leaves the harness
NAME/files/start/   laid into the workspace; what `editable` does not match is locked
NAME/files/solution/  laid over it: the far end of a calibration
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric, Task
from agentkit.evaluation import audit_flags, harness_folders, locked
from agentkit.evaluation.locked import LockedFiles, digest_all, locked_part
from agentkit.evaluation.toml_record import read_toml_record

FOLDER = Path(__file__).resolve().parent
FILE, RULES = "mini.toml", "rules.md"
START, SOLUTION = "files/start", "files/solution"
OWN_CODE = ("examining.py", "evaluator.py")
Name = Annotated[str, Field(min_length=1)]


class RunLimits(Record):
    """Of one command; a run of a miniature may be several."""

    seconds: float = Field(gt=0)
    memory_bytes: int = Field(default=2 * 1024**3, gt=0)
    program_bytes: int = Field(default=128 * 1024, gt=0)
    """All Python files of the workspace together."""


class MiniatureFile(Record):
    """`NAME/mini.toml`"""

    title: Name
    purpose: Name
    editable: tuple[Name, ...]
    metric: Metric
    limits: RunLimits


def miniature_names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{FILE}"))


def read_miniature(name: str) -> MiniatureFile:
    return read_toml_record(FOLDER / name / FILE, MiniatureFile)


def load_miniature(reference: str, name: str) -> Task:
    # A list of tasks can do without NumPy.
    from .evaluator import MiniatureEvaluator, RunRules

    folder = FOLDER / name
    table = read_miniature(name)
    start, solution = files_below(folder / START), files_below(folder / SOLUTION)
    decides = deciding_files(folder)
    digest = digest_all({"table": table.model_dump_json(exclude={"title", "purpose"}), **decides})
    module: Any = import_module(f".{name}.examine", __package__)
    demonstration = folder / "demo.toml"
    return Task(
        reference=reference,
        title=table.title,
        purpose=table.purpose,
        instructions=fill(folder, table),
        files=start,
        metric=table.metric,
        evaluator=MiniatureEvaluator(
            module.examination,
            RunRules(table.limits.seconds, table.limits.memory_bytes, table.limits.program_bytes),
            laid=LockedFiles.of(locked_part(start, table.editable)),
            decides=LockedFiles.of(decides),
            prepared=f"{name}-{prepared_digest(folder)[:12]}",
            masks=harness_folders.harness_folders(FOLDER.parent),
        ),
        folder=folder,
        editable=table.editable,
        hints={path.stem: path for path in sorted((folder / "hints").glob("*.md"))},
        transcripts={"demo": demonstration} if demonstration.is_file() else {},
        solution=solution,
        rubric=folder / "rubric.toml",
        digest=digest,
    )


def files_below(folder: Path) -> dict[str, Path]:
    """By workspace path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found if "__pycache__" not in path.parts}


def deciding_files(folder: Path) -> dict[str, Path]:
    """By a name each: the task's own files, and the code that measures."""
    code: Sequence[Path] = [FOLDER / each for each in OWN_CODE]
    code = [*code, *(Path(module.__file__ or "") for module in (audit_flags, harness_folders, locked))]
    own: Mapping[str, Path] = {path.name: path for path in sorted(folder.glob("*.py"))}
    ends = {
        f"{end}/{name}": path for end in (START, SOLUTION) for name, path in files_below(folder / end).items()
    }
    return {**own, **ends, **{f"code/{each.name}": each for each in code}}


def prepared_digest(folder: Path) -> str:
    """Of what the examination's preparation can depend on."""
    start = {f"{START}/{name}": path for name, path in files_below(folder / START).items()}
    return digest_all({**start, **{path.name: path for path in sorted(folder.glob("*.py"))}})


def fill(folder: Path, table: MiniatureFile) -> str:
    """The instructions with what holds for every miniature, and the figures of the table."""
    text = (folder / "instructions.md").read_text(encoding="utf-8")
    text += (FOLDER / RULES).read_text(encoding="utf-8")
    values = {
        "seconds": f"{table.limits.seconds:g}",
        "memory": f"{table.limits.memory_bytes / 1024**3:g} GB",
        "program_kilobytes": f"{table.limits.program_bytes // 1024}",
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
