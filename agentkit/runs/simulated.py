"""A run with a simulated model: its task's known edits, its luck, and what a user is told of it."""

from __future__ import annotations

from collections.abc import Mapping

from agentkit.contracts.model import Model, ModelRole
from agentkit.contracts.task import Task
from agentkit.errors import BadFile, UsageError
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.models.simulated.edits import KnownEdits
from agentkit.models.simulated.model import SimulatedModel, Simulation
from agentkit.settings import Settings

FILE = "simulated.toml"
"""In a task's folder, which a candidate never sees: it names what helps."""


def has_known_edits(task: Task) -> bool:
    return (task.folder / FILE).is_file()


def simulation_of(task: Task, settings: Settings) -> Simulation:
    """Raises UsageError for a task without known edits, and BadFile for one that could never be made."""
    path = task.folder / FILE
    if not has_known_edits(task):
        raise UsageError(
            f"{task.reference} has no known edits, so no model can be simulated on it.",
            f"Looked for: {path}",
            "Next: a task that has some, such as counted/descent; or a live model",
        )
    known = read_toml_record(path, KnownEdits)
    start = {name: file.read_text(encoding="utf-8", errors="replace") for name, file in task.files.items()}
    place = known.out_of_place(start)
    if place is not None:
        edit, change = place
        old = known.edit[edit].change[change].old
        raise BadFile(
            path,
            f"edit[{edit}].change[{change}].old",
            "lines that the start files have, or that another edit leaves",
            f"{old.splitlines()[0].strip()[:80]!r} (edit '{known.edit[edit].name}')",
        )
    return Simulation(known, start, f"{settings.seed}/{task.reference}/{settings.scaffold}")


def simulated_notes(models: Mapping[ModelRole, Model], task: Task) -> tuple[str, ...]:
    """What a user is told before it starts; empty where no role is simulated."""
    found = next((each for each in models.values() if isinstance(each, SimulatedModel)), None)
    if found is None:
        return ()
    count = len(found.simulation.known.edit)
    return (
        f"This is a simulation ({found.name}): no model is called. It draws from {count} edits that were "
        "written beforehand; every command and measurement is real. Its figures show what agentkit does, "
        "and say nothing about any model.",
        f"For a live model: export its key, then `agentkit solve {task.reference} --model PROVIDER/NAME`.",
    )


def is_simulated(models: Mapping[ModelRole, Model]) -> bool:
    return any(isinstance(each, SimulatedModel) for each in models.values())
