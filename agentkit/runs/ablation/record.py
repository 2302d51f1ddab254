"""What an ablation has measured: one file, written whole after every measurement."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Metric, Task
from agentkit.errors import RunProblem
from agentkit.runs.confirming.opponents import Opponents
from agentkit.runs.kept import read_kept
from agentkit.runs.machine import machine_key
from agentkit.statistics.record_rule import comparable

FILE = "ablation.json"


class Measurement(Record):
    """One version of the files, evaluated on one seed."""

    files: str
    """Digest of the snapshot: two ways to the same files are one version."""
    seed: int
    outcome: Outcome


class Ablation(Record):
    """Everything that was measured, and for which the measurements hold. Which edits there are is no part of
    it: that follows from the two versions, and a measurement of files holds however they are cut."""

    version: Literal[1] = 1
    task: str
    digest: str
    profile: str = ""
    machine: str
    sandbox: str
    metric: Metric
    attempt: str
    """In words: `attempt a3 of 20261121-…`."""
    attempt_files: str
    against: str
    against_files: str
    first_seed: int
    created: float = 0.0
    measurements: tuple[Measurement, ...] = ()

    def outcome(self, files: str, seed: int) -> Outcome | None:
        for each in self.measurements:
            if (each.files, each.seed) == (files, seed):
                return each.outcome
        return None

    def outcomes(self, files: str) -> dict[int, Outcome]:
        """By seed."""
        return {each.seed: each.outcome for each in self.measurements if each.files == files}

    def without_figure(self, files: str) -> str | None:
        """Why a version gives no figure, once it was seen: it is not measured on further seeds."""
        for outcome in self.outcomes(files).values():
            if not comparable(self.metric, outcome):
                return f"{outcome.status}: {outcome.reason}" if outcome.reason else outcome.status
        return None

    @property
    def seconds(self) -> float:
        """That all measurements took."""
        return sum(each.outcome.seconds for each in self.measurements)


def begin(path: Path, task: Task, sandbox: Sandbox, opponents: Opponents) -> Ablation:
    """As far as it was made, or empty. Raises RunProblem where that holds for something else."""
    fresh = Ablation(
        task=task.reference,
        digest=task.digest,
        profile=task.profile,
        machine=machine_key(sandbox.name),
        sandbox=sandbox.name,
        metric=task.metric,
        attempt=opponents.candidate.name,
        attempt_files=opponents.candidate.files,
        against=opponents.against.name,
        against_files=opponents.against.files,
        first_seed=opponents.first_seed(task),
        created=time.time(),
    )
    known = read_kept(Ablation, path)
    if known is None:
        return fresh
    made = {
        "digest": "when the task was another one",
        "machine": f"on another machine or in another sandbox ({known.sandbox})",
        "attempt_files": "of other files",
        "against_files": "against other files",
    }
    for name, how in made.items():
        if getattr(known, name) != getattr(fresh, name):
            raise RunProblem(
                f"This ablation was begun {how}; it has {len(known.measurements)} measurements.",
                "They do not compare with what would be measured now.",
                f"Next: remove {path}, and with it what was measured",
            )
    return known
