"""What `simulated.toml` says of its edits holds: measured by the tasks' own scripts, in this process."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.task import Task
from agentkit.evaluation.benchmarks import load_task
from agentkit.models.simulated.edits import KnownEdit, KnownEdits, applied
from agentkit.runs.simulated import FILE, simulation_of
from agentkit.settings import Settings

TASKS = Path(__file__).parents[3] / "tasks"
COUNTED = sorted(path.parent.name for path in TASKS.glob(f"counted/*/{FILE}"))
EVERYWHERE = sorted("/".join(path.parts[-3:-1]) for path in TASKS.glob(f"*/*/{FILE}"))
SEED = 11


def load(name: str) -> tuple[Task, KnownEdits, dict[str, str]]:
    task = load_task(open_catalog(), name)
    simulation = simulation_of(task, Settings())
    return task, simulation.known, dict(simulation.start)


def measure(task: Task, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """By the task's script, whose import of the candidate gets these files."""
    (name, text), *_ = files.items()
    module = types.ModuleType(Path(name).stem)
    exec(compile(text, name, "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    space: dict[str, Any] = {"__name__": "evaluate"}
    exec(compile((task.folder / "evaluate.py").read_text(), "evaluate.py", "exec"), space)
    result: dict[str, Any] = space["measure"](SEED)
    return result


def versions(known: KnownEdits, start: Mapping[str, str]) -> Iterator[tuple[KnownEdit, dict[str, str]]]:
    """Each edit with the files it is made on: the start, or the first helpful edit on which it builds."""
    bases = [dict(start), *(applied(start, each.blocks()) for each in known.edit if each.helps)]
    for edit in known.edit:
        yield (
            edit,
            next(base for base in bases if base is not None and applied(base, edit.blocks()) is not None),
        )


@pytest.mark.parametrize("name", COUNTED)
def test_an_edit_helps_where_the_file_says_so_and_else_hurts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, known, start = load(f"counted/{name}")
    metric = task.metric.name
    measured: dict[tuple[str, ...], dict[str, Any]] = {}
    for edit, base in versions(known, start):
        before = measured.setdefault(tuple(base.values()), {}) or measure(task, base, monkeypatch)
        measured[tuple(base.values())] = before
        after = applied(base, edit.blocks())
        assert before["valid"] and after is not None
        result = measure(task, after, monkeypatch)
        better = result["valid"] and result["metrics"][metric] < before["metrics"][metric]
        assert better == edit.helps, f"{edit.name}: {before} becomes {result}"
        if edit.slip is not None:
            broken = applied(base, edit.blocks(slipped=True))
            assert broken is not None and applied(broken, edit.repair()) == after
            with pytest.raises((NameError, AttributeError)):
                measure(task, broken, monkeypatch)


@pytest.mark.parametrize("name", COUNTED)
def test_the_solution_is_the_best_by_far_and_figures_repeat(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, _, start = load(f"counted/{name}")
    solution = {path: file.read_text() for path, file in task.solution.items()}
    first, last = (measure(task, files, monkeypatch) for files in (start, solution))
    assert last["metrics"][task.metric.name] < 0.4 * first["metrics"][task.metric.name]
    assert measure(task, solution, monkeypatch) == last


@pytest.mark.parametrize("name", EVERYWHERE)
def test_known_edits_can_be_made_and_are_python_miswritten_or_not(name: str) -> None:
    """An editor refuses what breaks the syntax; a hint that gives an edit away is one of the task's."""
    task, known, start = load(name)
    for edit, base in versions(known, start):
        assert set(edit.hints) <= set(task.hints)
        for slipped in {False, edit.slip is not None}:
            for path, text in (applied(base, edit.blocks(slipped)) or {}).items():
                compile(text, path, "exec")
    assert {each.helps for each in known.edit} == {True, False}
