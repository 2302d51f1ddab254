"""Kernels: make one NumPy function faster than a clear baseline, on one CPU thread.

A folder is a task: `kernel.toml` (texts and rules), `problem.py` (what is computed; it never leaves the
harness), `files/kernel.py` (start and baseline), `files/solution/kernel.py`, `instructions.md`, `hints/`,
`rubric.toml`. What holds for all of them is in `rules.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric, Task, TaskEntry
from agentkit.errors import UnknownName
from agentkit.evaluation import asked_child, audit_flags, harness_folders, kernels, locked
from agentkit.evaluation.kernels.problem import KernelRules, Range
from agentkit.evaluation.locked import LockedFiles, digest_all
from agentkit.evaluation.toml_record import read_toml_record

BENCHMARK = "kernels"
FOLDER = Path(__file__).resolve().parent
FILE, PROBLEM, SCRIPT = "kernel.toml", "problem.py", "kernel.py"
START, SOLUTION = f"files/{SCRIPT}", f"files/solution/{SCRIPT}"


class KernelTask(Record):
    """`NAME/kernel.toml`"""

    title: str
    purpose: str
    rules: KernelRules


class Kernels:
    """Implements `contracts.task.Benchmark`."""

    purpose = "Make a NumPy function faster than its baseline and as exact, on one CPU thread."
    profiles: Sequence[str] = ()

    def entries(self) -> Sequence[TaskEntry]:
        names = sorted(path.parent.name for path in FOLDER.glob(f"*/{FILE}"))
        return [TaskEntry(name=name, purpose=read_kernel_task(name).purpose) for name in names]

    def load(self, name: str, profile: str) -> Task:
        if profile not in ("auto", ""):
            raise UnknownName("profile", profile, (), next_step="leave --profile out")
        return load_kernel_task(name)


def load_kernel_task(name: str) -> Task:
    # A list of tasks can do without NumPy.
    from agentkit.evaluation.kernels.evaluator import METRIC, KernelEvaluator

    folder = FOLDER / name
    table = read_kernel_task(name)
    start, solution = folder / START, folder / SOLUTION
    sources = deciding_files(folder)
    problem: Any = import_module(f".{name}.problem", __package__)
    return Task(
        reference=f"{BENCHMARK}/{name}",
        title=table.title,
        purpose=table.purpose,
        instructions=fill((folder / "instructions.md").read_text(encoding="utf-8"), table.rules),
        files={SCRIPT: start},
        metric=Metric(name=METRIC, unit="x"),
        evaluator=KernelEvaluator(
            problem.problem,
            table.rules,
            start,
            LockedFiles.of(sources),
            harness_folders.harness_folders(FOLDER.parent),
        ),
        folder=folder,
        editable=(SCRIPT,),
        hints={path.stem: path for path in sorted((folder / "hints").glob("*.md"))},
        solution={SCRIPT: solution},
        rubric=folder / "rubric.toml",
        digest=digest_all({"rules": table.rules.model_dump_json(), **sources}),
    )


def read_kernel_task(name: str) -> KernelTask:
    return read_toml_record(FOLDER / name / FILE, KernelTask)


def deciding_files(folder: Path) -> dict[str, Path]:
    """By a name each: the task's own files, and the code that measures."""
    code = sorted(Path(kernels.__file__).parent.glob("*.py"))
    code += [Path(module.__file__ or "") for module in (asked_child, audit_flags, harness_folders, locked)]
    own = (FILE, PROBLEM, START, SOLUTION)
    return {**{name: folder / name for name in own}, **{f"code/{each.name}": each for each in code}}


def fill(text: str, rules: KernelRules) -> str:
    """The instructions with what holds for every kernel task, and the figures of the rules."""
    text += (FOLDER / "rules.md").read_text(encoding="utf-8")
    values = {
        "timed": "; or ".join(map(spans, rules.timed)),
        "checked": spans(rules.checked),
        "dtype": rules.dtypes[0],
        "dtypes": " and ".join(rules.dtypes),
        "values": ", ".join(rules.values),
        "layouts": ", ".join(rules.layouts),
        "large": f"{rules.large:g}",
        "error_factor": f"{rules.error_factor:g}",
        "least_error": f"{rules.least_error:g}",
        "load_seconds": f"{rules.load_seconds:g}",
        "answer_seconds": f"{rules.answer_seconds:g}",
        "whole_seconds": f"{rules.whole_seconds:g}",
        "memory": f"{rules.memory_bytes / 1024**3:g} GB",
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def spans(sizes: Mapping[str, Range]) -> str:
    return ", ".join(f"{name} from {low} to {high}" for name, (low, high) in sizes.items())


benchmark = Kernels()
